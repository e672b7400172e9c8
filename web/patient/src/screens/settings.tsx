// Settings: language, text size, colours, reminders with quiet hours, the PIN, practising, what is on this phone, about.
// Everything takes effect at once and is kept at once.
import type { ComponentChildren } from 'preact'
import { app as version } from '../app-version.ts'
import type { Settings as Kept } from '../model.ts'
import { appLanguages, language, useRestWords } from '../words/words.ts'
import { useApp, useToday } from './app-context.ts'
import { StudyText } from './cards.tsx'
import { Page } from './page.tsx'
import { PinSettings } from './pin-settings.tsx'
import { ReminderSettings } from './reminder-settings.tsx'

/** Text sizes in per cent of 18 px; U10 asks for up to 200. */
const textSizes = [100, 115, 130, 150, 175, 200] as const

/** The screen. */
export default function SettingsScreen() {
  const t = useRestWords()
  const app = useApp()
  const { theme } = app.settings.value
  const change = (part: Partial<Kept>): void => void app.change(part).catch(() => undefined)
  const themes: [Kept['theme'], string][] = [
    ['system', t.asPhone],
    ['light', t.light],
    ['dark', t.dark],
  ]
  return (
    <Page title={t.settings} back="#/" class="settings">
      <Choices
        title={t.language}
        name="language"
        chosen={language().tag}
        of={appLanguages.map(({ tag, name }) => [tag, <span lang={tag}>{name}</span>])}
        onChoose={(tag) => change({ language: tag })}
      />
      <TextSize />
      <Choices
        title={t.colours}
        name="theme"
        chosen={theme}
        of={themes}
        onChoose={(theme) => change({ theme })}
      />
      <ReminderSettings />
      <PinSettings />
      <section class="more-ways">
        <div class="stack">
          <a class="button" href="#/practice">
            {t.practiseAgain}
          </a>
          <a class="button" href="#/sync">
            {t.onThisPhone}
          </a>
        </div>
      </section>
      <About />
    </Page>
  )
}

function Choices<Value extends string>(props: {
  title: string
  name: string
  chosen: Value
  of: readonly (readonly [Value, ComponentChildren])[]
  onChoose: (value: Value) => void
}) {
  const { title, name, chosen, of, onChoose } = props
  return (
    <fieldset>
      <legend>{title}</legend>
      <div class="choices">
        {of.map(([value, text]) => (
          <label key={value} class="choice">
            <input type="radio" name={name} checked={value === chosen} onChange={() => onChoose(value)} />
            {text}
          </label>
        ))}
      </div>
    </fieldset>
  )
}

function TextSize() {
  const t = useRestWords()
  const app = useApp()
  const { textPercent } = app.settings.value
  const at = textSizes.findIndex((size) => size >= textPercent)
  const set = (index: number): void => {
    const size = textSizes[index]
    if (size !== undefined) void app.change({ textPercent: size }).catch(() => undefined)
  }
  return (
    <section aria-labelledby="text-size">
      <h2 id="text-size">{t.textSize}</h2>
      <div class="stepper">
        <button type="button" aria-label={t.smaller} aria-disabled={at <= 0} onClick={() => set(at - 1)}>
          <span class="small-a" aria-hidden="true">
            A
          </span>
        </button>
        <output>{textPercent} %</output>
        <button
          type="button"
          aria-label={t.larger}
          aria-disabled={at >= textSizes.length - 1}
          onClick={() => set(at + 1)}
        >
          <span class="large-a" aria-hidden="true">
            A
          </span>
        </button>
      </div>
    </section>
  )
}

function About() {
  const t = useRestWords()
  const { device } = useApp()
  const today = useToday()
  return (
    <section aria-labelledby="about">
      <h2 id="about">{t.about}</h2>
      <dl>
        {today !== null && (
          <>
            <dt>{t.study}</dt>
            <dd>
              <StudyText text={today.study.title} />
            </dd>
          </>
        )}
        {device.value !== null && (
          <>
            <dt>{t.yourNumber}</dt>
            <dd>
              <bdi>{device.value.patientId}</bdi>
            </dd>
          </>
        )}
        <dt>{t.version}</dt>
        <dd>
          <bdi>
            {version.name} {version.version}
          </bdi>
        </dd>
      </dl>
    </section>
  )
}
