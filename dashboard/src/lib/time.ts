const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
const WEEK = 7 * DAY;

/** `0.4s`, `12.3s`, `2m05s` or `1h02m`, as the command line shows it; empty without a figure. */
export function durationOf(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) {
    return '';
  }
  if (seconds < MINUTE) {
    return `${(Math.floor(Math.max(seconds, 0) * 10) / 10).toFixed(1)}s`;
  }
  if (seconds < HOUR) {
    return `${Math.floor(seconds / MINUTE)}m${padded(seconds % MINUTE)}s`;
  }
  return `${Math.floor(seconds / HOUR)}h${padded((seconds % HOUR) / MINUTE)}m`;
}

/** Seconds between two times; to now when the second is open. */
export function secondsBetween(from: string, to: string | null, now: number = Date.now()): number {
  return ((to === null ? now : Date.parse(to)) - Date.parse(from)) / 1000;
}

/** How far `then` is from now in one unit: "3 minutes ago", "2일 후". A date from a week on. */
export function relativeTimeOf(then: string, language: string, now: number = Date.now()): string {
  const seconds = (Date.parse(then) - now) / 1000;
  const size = Math.abs(seconds);
  if (size >= WEEK) {
    return dateOf(then, language);
  }
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' });
  if (size < MINUTE) {
    return format.format(0, 'second');
  }
  if (size < HOUR) {
    return format.format(Math.trunc(seconds / MINUTE), 'minute');
  }
  if (size < DAY) {
    return format.format(Math.trunc(seconds / HOUR), 'hour');
  }
  return format.format(Math.trunc(seconds / DAY), 'day');
}

/** Date and time in the viewer's zone, or in `timeZone`. */
export function dateTimeOf(then: string, language: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(language, {
    dateStyle: 'medium',
    timeStyle: 'medium',
    ...(timeZone === undefined ? {} : { timeZone }),
  }).format(new Date(then));
}

/** Date and time in the viewer's zone, to the minute. */
export function minuteOf(then: string, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(
    new Date(then),
  );
}

/** The date in the viewer's zone. */
export function dateOf(then: string, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium' }).format(new Date(then));
}

/** The time of day in the viewer's zone, to the second. */
export function clockOf(then: string, language: string): string {
  return new Intl.DateTimeFormat(language, { timeStyle: 'medium' }).format(new Date(then));
}

function padded(value: number): string {
  return String(Math.floor(value)).padStart(2, '0');
}
