// Wall-clock times of study files, "HH:MM"; 24:00 is midnight at the end of the day.

/** Minutes since midnight. */
export function minuteOf(clock: string): number {
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5))
}
