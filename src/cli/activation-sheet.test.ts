// The activation sheet: what stands on it, in which languages, and that nothing in it can be markup.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { activationSheet, type SheetPage } from './activation-sheet.ts'

const page: SheetPage = {
  patientId: 'P-00001',
  studyId: 'MORNING-301',
  language: 'zh-CN',
  zone: 'Asia/Shanghai',
  code: '7JT936JT7D',
  expiresAt: Date.parse('2026-11-25T21:50:00Z'),
  url: 'https://diary.example/app/#/activate?code=7JT936JT7D',
  site: { name: (language) => (language.startsWith('zh') ? '医院' : 'Hospital'), phone: '+86 21 5550 0101' },
}
const count = (text: string, part: string) => text.split(part).length - 1

test('a page for each patient, in the language of the patient and in English, in the time of the home', () => {
  const text = activationSheet([page, { ...page, patientId: 'P-00002', language: 'fr' }])
  assert.equal(count(text, '<main>'), 2)
  const [zh = '', other = ''] = text.split('<main>').slice(1)
  for (const part of [
    'P-00001',
    '7JT93-6JT7D',
    '医院',
    '您的研究日记',
    'Your study diary',
    '11月26日',
    '05:50',
  ])
    assert.ok(zh.includes(part), part)
  assert.ok(zh.includes('diary.example/app/'))
  assert.ok(other.includes('Your study diary') && other.includes('Hospital'))
  assert.ok(!other.includes('研究'), 'a language the app does not have is English, once')
  assert.equal(count(other, '<section'), 1)
})

test('Arabic runs from right to left, the English below from left to right', () => {
  const text = activationSheet([{ ...page, language: 'ar-EG', zone: 'Africa/Cairo' }])
  assert.match(text, /<section class="first" lang="ar" dir="rtl">/)
  assert.match(text, /<section class="second" lang="en" dir="ltr">/)
})

test('it asks nobody for anything and takes names as text', () => {
  const site = { name: () => '<script>alert(1)</script>"&', phone: '<b>' }
  const text = activationSheet([{ ...page, patientId: 'A<B', site }])
  assert.doesNotMatch(text, /<script|<b>&|A<B|src=|href=|@import/)
  assert.ok(text.includes('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&amp;'))
})
