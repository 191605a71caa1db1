import { expect, test } from 'vitest';
import { type Cadence, cronInWords, cronOf, nextTimes } from './cron';

const CADENCE: Cadence = {
  frequency: 'daily',
  time: '09:05',
  weekdays: [5, 1],
  day: 'L',
  cron: ' 0 9 * * 5L ',
};
const FROM = new Date('2026-11-29T00:00:00Z');

test('what a person says becomes an expression', () => {
  expect(cronOf(CADENCE)).toBe('5 9 * * *');
  expect(cronOf({ ...CADENCE, frequency: 'weekly' })).toBe('5 9 * * MON,FRI');
  const week = (...weekdays: number[]) => cronOf({ ...CADENCE, frequency: 'weekly', weekdays });
  expect(week(1, 2, 3, 4, 5)).toBe('5 9 * * MON-FRI');
  expect(week(5, 6, 7)).toBe('5 9 * * FRI,SAT,SUN');
  expect(week(1, 2, 3, 4, 5, 6, 7)).toBe('5 9 * * *');
  expect(cronOf({ ...CADENCE, frequency: 'monthly' })).toBe('5 9 L * *');
  expect(cronOf({ ...CADENCE, frequency: 'custom' })).toBe('0 9 * * 5L');
});

test('the next times are those of the zone', () => {
  expect(nextTimes('0 9 * * MON-FRI', 'Asia/Seoul', 2, FROM).map((at) => at.toISOString())).toEqual(
    ['2026-11-30T00:00:00.000Z', '2026-12-01T00:00:00.000Z'],
  );
});

test('day and weekday mean either, unless one begins with a star', () => {
  const days = (cron: string) => nextTimes(cron, 'UTC', 3, FROM).map((at) => at.getUTCDate());

  expect(days('0 9 15 * FRI')).toEqual([4, 11, 15]);
  expect(days('0 9 */2 * FRI')).toEqual([11, 25, 1]);
});

test('what is no expression has no times, and stands as it is', () => {
  expect(nextTimes('61 * * * *', 'UTC', 5)).toEqual([]);
  expect(nextTimes('0 0 9 * * *', 'UTC', 5)).toEqual([]);
  expect(cronInWords('nonsense', 'en')).toBe('nonsense');
});

test('an expression is told in both languages', () => {
  expect(cronInWords('0 9 * * MON-FRI', 'en')).toBe('At 09:00, Monday through Friday');
  expect(cronInWords('0 9 * * *', 'ko')).toBe('09:00, 매일');
  expect(cronInWords('0 9 * * MON-FRI', 'ko')).toBe('09:00, 월요일부터 금요일까지');
});
