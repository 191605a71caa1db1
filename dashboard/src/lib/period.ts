import { dayBegins, localDay } from './days';
import type { PeriodName } from './period-names';

export const DEFAULT_PERIOD = '30d';
/** The names of days without their year, below a chart, are each there once. */
export const MOST_DAYS = 365;

const DAYS: Record<Exclude<PeriodName, 'custom'>, number> = {
  today: 1,
  '7d': 7,
  '30d': 30,
  '90d': 90,
};
const DAYS_ONE_BY_ONE = 31;
const WEEK = 7;
const DAY_MS = 86_400_000;

/** Days such as `2026-11-29`; both are in. */
export interface Span {
  from: string;
  to: string;
}

export interface PeriodChoice {
  period?: PeriodName;
  from?: string;
  to?: string;
}

/** The days that are looked at, in the viewer's zone; what cannot be meant is the last 30. */
export function spanOf(choice: PeriodChoice, today: string = localDay()): Span {
  const { period = DEFAULT_PERIOD, from = '', to = '' } = choice;
  if (period !== 'custom') {
    return { from: dayAfter(today, 1 - DAYS[period]), to: today };
  }
  return customProblem({ from, to }, today) === null
    ? { from, to }
    : spanOf({ period: DEFAULT_PERIOD }, today);
}

/** Why two days are no span that can be asked for; null when they are. */
export function customProblem(
  { from, to }: Span,
  today: string,
): 'missing' | 'order' | 'future' | 'long' | null {
  if (dayBegins(from) === undefined || dayBegins(to) === undefined) {
    return 'missing';
  }
  if (from > to) {
    return 'order';
  }
  if (to > today) {
    return 'future';
  }
  return lengthOf({ from, to }) > MOST_DAYS ? 'long' : null;
}

/** How many days there are in a span. */
export function lengthOf({ from, to }: Span): number {
  return Math.round((utcOf(to) - utcOf(from)) / DAY_MS) + 1;
}

/** A day some days later, or before. */
export function dayAfter(day: string, days: number): string {
  return new Date(utcOf(day) + days * DAY_MS).toISOString().slice(0, 10);
}

/** The days in UTC that a span of the viewer's zone touches. */
export function utcSpanOf({ from, to }: Span): Span {
  const begins = dayBegins(from) ?? '';
  const ends = new Date(Date.parse(dayBegins(to, 1) ?? '') - 1).toISOString();
  return { from: begins.slice(0, 10), to: ends.slice(0, 10) };
}

/** The moments between which a span of the viewer's zone lies; the second is not in. */
export function momentsOf({ from, to }: Span): Span {
  return { from: dayBegins(from) ?? '', to: dayBegins(to, 1) ?? '' };
}

/** A span cut into what a chart has a bar for: days, or weeks where they would be too many. */
export function bucketsOf(span: Span): Span[] {
  const step = lengthOf(span) > DAYS_ONE_BY_ONE ? WEEK : 1;
  const buckets: Span[] = [];
  for (let to = span.to; to >= span.from; to = dayAfter(to, -step)) {
    const days = Math.min(step, lengthOf({ from: span.from, to }));
    buckets.unshift({ from: dayAfter(to, 1 - days), to });
  }
  return buckets;
}

function utcOf(day: string): number {
  return Date.parse(`${day}T00:00:00Z`);
}
