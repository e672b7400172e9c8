// Versions of a study on both engines: what publishing refuses, which site takes which version from when on, what the
// audit log says of it, and what stands in the way of a date in the past.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { journalReader } from '../../src/intake/journal-store.sqlite.ts'
import { carryOut } from '../../src/processing/staff-actions.postgres.ts'
import { type Action, perform } from '../../src/processing/staff-actions.ts'
import { postgresStores } from '../../src/processing/stores.postgres.ts'
import { sqliteStores } from '../../src/processing/stores.sqlite.ts'
import type { Stores } from '../../src/processing/stores.ts'
import { publishedVersions } from '../../src/processing/study-plans.postgres.ts'
import { studyPlans } from '../../src/processing/study-plans.ts'
import { auditLog } from '../../src/records/audit-log.ts'
import { auditStore as postgresAudit } from '../../src/records/audit-store.postgres.ts'
import { auditStore as sqliteAudit } from '../../src/records/audit-store.sqlite.ts'
import type { Taking } from '../../src/records/study-actions.ts'
import type { StudyVersions } from '../../src/study/study-versions.ts'
import { item, smallFiles } from '../../src/study/testing/small-study.ts'
import { Problem } from '../../src/system/problem.ts'
import { importSigner, makeSigningKey } from '../../src/system/signed-note.ts'
import { engines, type Ground } from '../support/engines.ts'

const by = { actor: 'staff:test', reason: 'test' }
const studyId = 'SMALL'
const today = '2026-11-22'

/** The small study with sites `1` and `2`, and what else a version has. */
function version(name: string, more = '', sites = ['1', '2']): [string, string][] {
  const files = smallFiles([item('a', 'boolean')], more)
  const list = sites
    .map((id) => `{ id: "${id}", name: { en: Site ${id}, zh: ${id} 号 }, zone: Europe/Berlin }`)
    .join(', ')
  const study = files
    .get('study.yaml')!
    .replace('version: "1"', `version: "${name}"`)
    .replace(/^sites: .*$/m, `sites: [${list}]`)
  return [...files.set('study.yaml', study)]
}

/** An installation's staff on a ground, which reads the versions as processing does. */
function staffOn(ground: Ground) {
  const signer = importSigner('levee-log-test', makeSigningKey())
  const stores: Stores =
    ground.name === 'sqlite'
      ? sqliteStores(ground.trial, journalReader(ground.journal))
      : postgresStores(ground.db.pool)
  const reader = ground.name === 'sqlite' ? sqliteAudit(ground.trial) : postgresAudit(ground.db.pool)
  const node = publishedVersions()
  const act = async (wish: object): Promise<unknown> => {
    const action = { by, ...wish } as Action
    if (ground.name === 'postgres') return carryOut(ground.db, node, action)
    const { studies } = sqliteStores(ground.trial, journalReader(ground.journal))
    const audit = auditLog(sqliteAudit(ground.trial), () => signer)
    return ground.transaction(async (tx) => {
      const scene = { tx, stores, audit, versions: studyPlans(studies).of, now: Date.parse(today) }
      const result = await perform(scene, action)
      audit.save(tx)
      return result
    })
  }
  return {
    stores,
    act,
    publish: (files: readonly (readonly [string, string])[], taking?: Taking) =>
      act({ do: 'publish', files, ...(taking === undefined ? {} : { taking }) }) as Promise<
        Record<string, unknown>
      >,
    adopt: (name: string, from: string, sites: string[] | 'all' = ['1'], more: object = {}) =>
      act({ do: 'adopt-version', studyId, version: name, sites, from, ...more }),
    async versions(): Promise<StudyVersions> {
      if (ground.name === 'postgres') return (await publishedVersions()(ground.db.pool))(studyId)!
      return studyPlans(sqliteStores(ground.trial, journalReader(ground.journal)).studies).of(studyId)!
    },
    async log(): Promise<string[]> {
      const all: string[] = []
      for await (const { leaf } of reader.leavesFrom(studyId, 0)) {
        const { action, record, before, after } = JSON.parse(leaf)
        if (action !== 'study.published') all.push(`${action} ${record}: ${before} → ${after}`)
      }
      return all
    },
  }
}
type Staff = ReturnType<typeof staffOn>

const refused = (code: string, words: RegExp) => (error: unknown) =>
  error instanceof Problem && error.code === code && words.test(JSON.stringify(error.details))

for (const engine of engines) {
  const on = (name: string, work: (staff: Staff, ground: Ground) => Promise<void>) =>
    test(`${engine.name}: ${name}`, async () => {
      await using ground = await engine.open()
      await work(staffOn(ground), ground)
    })

  on('P6: sites take a version from a date on, each with its entry in the log', async (staff) => {
    await staff.publish(version('1'))
    await staff.publish(version('2', 'description: { en: Two, zh: 二 }'))
    const before = await staff.versions()
    assert.equal(before.at('1', '2030-01-01').version, '1', 'published is not taken')
    const taken = await staff.adopt('2', '2026-12-01')
    assert.deepEqual(taken, { from: '2026-12-01', sites: ['1'], unchanged: [], appliedBefore: [] })
    assert.deepEqual(await staff.adopt('2', '2026-12-01', 'all'), {
      from: '2026-12-01',
      sites: ['2'],
      unchanged: ['1'],
      appliedBefore: [],
    })
    const after = await staff.versions()
    assert.deepEqual(
      ['2026-11-30', '2026-12-01'].map((date) => after.at('1', date).version),
      ['1', '2'],
    )
    assert.deepEqual(
      await staff.log(),
      ['1', '2'].map((s) => `site.version-taken site:${s}: version 1 → version 2 from 2026-12-01`),
    )
  })

  on('publishing and taking are one action, or none', async (staff) => {
    await staff.publish(version('1'))
    const two = version('2', 'description: { en: Two, zh: 二 }')
    const nowhere: Taking = { sites: ['9'], from: '2026-12-01' }
    await assert.rejects(staff.publish(two, nowhere), refused('submission.invalid', /sites of version 2/))
    assert.equal((await staff.stores.studies.all(studyId)).length, 1)
    const done = await staff.publish(two, { sites: 'all', from: '2026-12-01' })
    assert.deepEqual(done.taken, {
      from: '2026-12-01',
      sites: ['1', '2'],
      unchanged: [],
      appliedBefore: [],
    })
    assert.equal((await staff.versions()).at('2', '2026-12-01').version, '2')
  })

  on('a site that comes with a version holds it from the beginning', async (staff) => {
    await staff.publish(version('1'))
    await staff.publish(version('2', '', ['1', '2', '3']))
    const versions = await staff.versions()
    assert.equal(versions.at('3', '2020-01-01').version, '2')
    assert.equal(versions.at('1', '2030-01-01').version, '1')
    assert.deepEqual(await staff.log(), ['site.version-taken site:3: undefined → version 2 from 0001-01-01'])
    const patient = { patientId: 'P', arm: 'A', zone: 'Europe/Berlin', language: 'en', enrolledOn: today }
    const enrol = (siteId: string) =>
      staff.act({ do: 'create-patients', studyId, patients: [{ ...patient, siteId }] })
    assert.deepEqual(await enrol('3'), { created: 1 })
    await assert.rejects(enrol('4'), refused('submission.invalid', /siteId/))
  })

  on('one content has one version, and one version one content', async (staff) => {
    await staff.publish(version('1'))
    await assert.rejects(
      staff.publish(version('2')),
      refused('study.same-content', /"version":"2","other":"1"/),
    )
    await assert.rejects(
      staff.publish(version('1', 'description: { en: Two, zh: 二 }')),
      refused('study.version-taken', /"version":"1"/),
    )
    assert.equal((await staff.publish(version('1'))).isNew, false)
    assert.deepEqual(
      (await staff.stores.studies.all(studyId)).map((v) => v.version),
      ['1'],
    )
  })

  on('a form that asks something else needs a version of its own', async (staff) => {
    await staff.publish(version('1'))
    const asks = (formVersion: string) =>
      version('2').map(([name, text]): [string, string] =>
        name === 'study.yaml'
          ? [name, text]
          : [
              name,
              text.replace('Text of a', 'Other').replace('"version": "1"', `"version": "${formVersion}"`),
            ],
      )
    const changed = refused('study.form-changed', /"form":"small","formVersion":"1","other":"1"/)
    await assert.rejects(staff.publish(asks('1')), changed)
    assert.equal((await staff.publish(asks('2'))).isNew, true)
  })

  on('what does not exist is refused: a version, a site, a date', async (staff) => {
    await staff.publish(version('1'))
    await assert.rejects(staff.adopt('2', '2026-12-01'), refused('record.not-found', /version 2/))
    await assert.rejects(staff.adopt('1', '2026-02-30'), refused('submission.invalid', /from/))
    await assert.rejects(staff.adopt('1', '2026-12-01', ['9']), refused('submission.invalid', /sites/))
    await assert.rejects(staff.adopt('1', '2026-12-01', []), refused('submission.invalid', /sites/))
    assert.deepEqual(await staff.stores.studies.siteVersions(studyId), [])
  })

  on('a date with applied entries is refused unless it is said that it is meant', async (staff, ground) => {
    await staff.publish(version('1'))
    await staff.publish(version('2', 'description: { en: Two, zh: 二 }'))
    const patient = { arm: 'A', zone: 'Europe/Berlin', language: 'en', enrolledOn: '2026-11-01' }
    await staff.act({
      do: 'create-patients',
      studyId,
      patients: [
        { ...patient, patientId: 'P1', siteId: '1' },
        { ...patient, patientId: 'P2', siteId: '2' },
      ],
    })
    await applied(ground, 1, 'P1', '2026-11-20', '2026-11-21T06:00:00Z')
    await applied(ground, 2, 'P2', 'an-event', '2026-11-10T06:00:00Z')
    const inTheWay = (sites: string) => refused('study.entries-applied', new RegExp(`"sites":"${sites}"`))
    await assert.rejects(staff.adopt('2', '2026-11-20', 'all'), inTheWay('1'))
    await assert.rejects(staff.adopt('2', '2026-11-10', 'all'), inTheWay('1, 2'))
    assert.deepEqual(await staff.adopt('2', '2026-11-21', 'all'), {
      from: '2026-11-21',
      sites: ['1', '2'],
      unchanged: [],
      appliedBefore: [],
    })
    assert.deepEqual(await staff.adopt('2', '2026-11-10', 'all', { retroactive: true }), {
      from: '2026-11-10',
      sites: ['1', '2'],
      unchanged: [],
      appliedBefore: ['1', '2'],
    })
  })

  on('a decision of a site is never changed and never removed', async (staff, ground) => {
    await staff.publish(version('1'))
    await staff.publish(version('2', 'description: { en: Two, zh: 二 }'))
    await staff.adopt('2', '2026-12-01')
    for (const statement of ["UPDATE site_versions SET version = '1'", 'DELETE FROM site_versions'])
      await assert.rejects(run(ground, statement), /never/)
  })
}

test('postgres: a version is compiled once on a node, whatever is published after it', async () => {
  await using ground = await engines.find(({ name }) => name === 'postgres')!.open()
  if (ground.name !== 'postgres') return assert.fail()
  const staff = staffOn(ground)
  const node = publishedVersions()
  await staff.publish(version('1'))
  const first = (await node(ground.db.pool))(studyId)!
  assert.equal((await node(ground.db.pool))(studyId), first, 'nothing new, nothing read')
  const plan = first.at('1', today)
  await staff.publish(version('2', 'description: { en: Two, zh: 二 }'))
  const second = (await node(ground.db.pool))(studyId)!
  assert.notEqual(second, first)
  assert.equal(second.at('1', today), plan)
})

/** Runs one statement as nobody but a test may. */
const run = async (ground: Ground, statement: string): Promise<void> => {
  if (ground.name === 'sqlite') ground.trial.exec(statement)
  else await ground.db.pool.query(statement)
}

/** An applied entry, as far as this suite needs it. */
async function applied(
  ground: Ground,
  position: number,
  patientId: string,
  occasion: string,
  at: string,
): Promise<void> {
  await run(
    ground,
    `INSERT INTO responses (position, study_id, patient_id, form, form_version, occasion, recorded_at, leaf_index,
       salt, effect) VALUES (${position}, '${studyId}', '${patientId}', 'small', '1', '${occasion}', ${Date.parse(at)}, 0, '', '{}')`,
  )
  await run(
    ground,
    `INSERT INTO occasions (study_id, occasion, form, patient_id, position, status)
     VALUES ('${studyId}', '${occasion}', 'small', '${patientId}', ${position}, 'on-time')`,
  )
}
