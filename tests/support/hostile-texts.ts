// Texts that break stores which put values into statements, arrays or payloads by hand.

/** Each is a legal text on both engines; no two are equal. */
export const hostileTexts: readonly string[] = [
  `'; DROP TABLE patients; --`,
  '"quoted" and back\\slash\\',
  '{a,b}',
  'NULL',
  'null',
  '$1',
  '%_*?',
  ' leading and trailing ',
  'line\nfeed\r\n\ttab',
  'é and e\u0301',
  '晨间日记',
  '🩺\u{1F468}\u200D\u{1F469}',
  '\u202Ebidi',
  '\u0001\u001F\u007F',
  '',
  'x'.repeat(2000),
]
