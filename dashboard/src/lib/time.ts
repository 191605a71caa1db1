const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
const WEEK = 7 * DAY;

const RELATIVE = byLanguage(
  (language) => new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' }),
);
const DATE = dateFormats({ dateStyle: 'medium' });
const MINUTE_OF_DAY = dateFormats({ dateStyle: 'medium', timeStyle: 'short' });
const DATE_TIME = dateFormats({ dateStyle: 'medium', timeStyle: 'medium' });
const CLOCK = dateFormats({ timeStyle: 'medium' });

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
  const format = RELATIVE(language);
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
  const format =
    timeZone === undefined
      ? DATE_TIME(language)
      : new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium', timeZone });
  return format.format(new Date(then));
}

/** Date and time in the viewer's zone, to the minute. */
export function minuteOf(then: string, language: string): string {
  return MINUTE_OF_DAY(language).format(new Date(then));
}

/** The date in the viewer's zone. */
export function dateOf(then: string, language: string): string {
  return DATE(language).format(new Date(then));
}

/** The time of day in the viewer's zone, to the second. */
export function clockOf(then: string, language: string): string {
  return CLOCK(language).format(new Date(then));
}

function dateFormats(options: Intl.DateTimeFormatOptions) {
  return byLanguage((language) => new Intl.DateTimeFormat(language, options));
}

/** Formats are kept: to make one takes far longer than to use it, and rows of a list use several. */
function byLanguage<Format>(make: (language: string) => Format): (language: string) => Format {
  const made = new Map<string, Format>();
  return (language) => {
    const format = made.get(language) ?? make(language);
    made.set(language, format);
    return format;
  };
}

function padded(value: number): string {
  return String(Math.floor(value)).padStart(2, '0');
}
