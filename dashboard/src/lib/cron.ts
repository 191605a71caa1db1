import { Cron } from 'croner';
import cronstrue from 'cronstrue';
import 'cronstrue/locales/ko';

export const FREQUENCIES = ['daily', 'weekly', 'monthly', 'custom'] as const;

/** How often something comes, as a person says it. */
export interface Cadence {
  frequency: (typeof FREQUENCIES)[number];
  /** `09:30`. */
  time: string;
  /** Of a week, 1 for Monday to 7 for Sunday. */
  weekdays: readonly number[];
  /** Of a month; `L` is the last. */
  day: string;
  /** What is written by hand. */
  cron: string;
}

const NAMES = ['', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'];

/** The expression of five fields that comes true then. */
export function cronOf(cadence: Cadence): string {
  const [hour = 0, minute = 0] = cadence.time.split(':').map(Number);
  const at = `${minute || 0} ${hour || 0}`;
  switch (cadence.frequency) {
    case 'daily':
      return `${at} * * *`;
    case 'weekly':
      return `${at} * * ${weekdaysOf(cadence.weekdays)}`;
    case 'monthly':
      return `${at} ${cadence.day} * *`;
    case 'custom':
      return cadence.cron.trim();
  }
}

/** As a range where they follow each other, which reads better in words. */
function weekdaysOf(weekdays: readonly number[]): string {
  const days = weekdays.toSorted((one, other) => one - other);
  if (days.length === 7) {
    return '*';
  }
  const [first = 1] = days;
  const last = days.at(-1) ?? first;
  // No range goes over Saturday.
  const isRange = days.length > 2 && last < 7 && last - first === days.length - 1;
  return isRange ? `${NAMES[first]}-${NAMES[last]}` : days.map((day) => NAMES[day]).join(',');
}

/** The expression in words; as it stands where it is none. */
export function cronInWords(cron: string, language: string): string {
  try {
    return cronstrue.toString(cron, { locale: language, use24HourTimeFormat: true, verbose: true });
  } catch {
    return cron;
  }
}

/**
 * The next times at which it comes true; none for what is no expression of five fields. Day *and*
 * weekday given means either, unless one begins with `*`, as the API reads them.
 */
export function nextTimes(cron: string, timezone: string, count: number, from?: Date): Date[] {
  const fields = cron.trim().split(/\s+/);
  if (fields.length !== 5) {
    return [];
  }
  const domAndDow = [fields[2], fields[4]].some((field) => field?.startsWith('*'));
  try {
    return new Cron(cron, { mode: '5-part', timezone, domAndDow }).nextRuns(count, from);
  } catch {
    return [];
  }
}
