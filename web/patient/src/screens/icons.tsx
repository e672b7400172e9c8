// The few signs of the app, drawn with lines of the text's colour. They stand beside words and never in place of them.
const paths = {
  back: 'M15 5l-7 7 7 7',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  clock: 'M12 7v5l3.5 2M21 12a9 9 0 11-18 0 9 9 0 0118 0z',
  gap: 'M8 12h8M21 12a9 9 0 11-18 0 9 9 0 0118 0z',
  plus: 'M12 5v14M5 12h14',
  phone: 'M6 3h3l2 5-2.5 1.8a12 12 0 005.7 5.7L16 13l5 2v3a3 3 0 01-3 3A15 15 0 013 6a3 3 0 013-3z',
  question: 'M9 9.2a3 3 0 115 2.2c-1.2.9-2 1.5-2 2.8M12 17.6v.1',
  saved: 'M8 3h8a2 2 0 012 2v14a2 2 0 01-2 2H8a2 2 0 01-2-2V5a2 2 0 012-2zM11 18h2',
  waiting: 'M7 18a4 4 0 010-8 5.5 5.5 0 0110.6 1.2A3.5 3.5 0 0117.5 18z',
  calendar: 'M4 9h16M8 3v4M16 3v4M5 5h14a1 1 0 011 1v13a1 1 0 01-1 1H5a1 1 0 01-1-1V6a1 1 0 011-1z',
  settings: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 5v4M9 15v4',
  warn: 'M12 4l9 16H3zM12 10v4.5M12 17.3v.1',
  share: 'M12 3v12M8 6.5L12 3l4 3.5M6 11H5v10h14V11h-1',
} as const

/** The names of the signs. */
export type IconName = keyof typeof paths

/** One sign, as high as a line of text; hidden from screen readers. `back` points to where lines start. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  )
}
