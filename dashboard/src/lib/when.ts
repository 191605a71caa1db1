/** A time to come, to the minute: "Mon, Nov 30, 09:00". In the viewer's zone, or in `timeZone`. */
export function soonOf(then: string | Date, language: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(language, {
    month: 'short',
    day: 'numeric',
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...(timeZone === undefined ? {} : { timeZone }),
  }).format(new Date(then));
}

/** Whether clocks in both zones show the same at that time. */
export function isSameClock(then: string | Date, zone: string, other: string): boolean {
  return soonOf(then, 'en', zone) === soonOf(then, 'en', other);
}

/** Every zone that this browser knows by its name, `UTC` and those `besides` too. */
export function zoneNames(...besides: string[]): string[] {
  return [...new Set([...Intl.supportedValuesOf('timeZone'), 'UTC', ...besides])].sort();
}
