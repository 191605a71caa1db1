import { describe, expect, test } from 'vitest';
import { dayBegins } from './days';
import { bucketsOf, customProblem, dayAfter, lengthOf, spanOf, utcSpanOf } from './period';

const TODAY = '2026-11-29';

test('a period ends today and has as many days as its name says', () => {
  expect(spanOf({}, TODAY)).toEqual({ from: '2026-10-31', to: TODAY });
  expect(spanOf({ period: 'today' }, TODAY)).toEqual({ from: TODAY, to: TODAY });
  expect(lengthOf(spanOf({ period: '90d' }, TODAY))).toBe(90);
});

describe('a period of one’s own', () => {
  test('is what it says', () => {
    const span = { from: '2026-01-01', to: '2026-03-31' };

    expect(spanOf({ period: 'custom', ...span }, TODAY)).toEqual(span);
  });

  test.each([
    ['2026-11-01', '', 'missing'],
    ['2026-02-31', '2026-03-01', 'missing'],
    ['2026-11-02', '2026-11-01', 'order'],
    ['2026-11-01', '2026-11-30', 'future'],
    ['2025-11-01', '2026-11-29', 'long'],
  ])('from %j to %j is none', (from, to, problem) => {
    expect(customProblem({ from, to }, TODAY)).toBe(problem);
    expect(spanOf({ period: 'custom', from, to }, TODAY)).toEqual(spanOf({}, TODAY));
  });
});

test('days in UTC cover the days of the viewer', () => {
  const span = { from: '2026-11-28', to: '2026-11-29' };
  const utc = utcSpanOf(span);

  expect(Date.parse(`${utc.from}T00:00:00Z`)).toBeLessThanOrEqual(
    Date.parse(dayBegins(span.from) ?? ''),
  );
  expect(Date.parse(`${dayAfter(utc.to, 1)}T00:00:00Z`)).toBeGreaterThanOrEqual(
    Date.parse(dayBegins(span.to, 1) ?? ''),
  );
});

describe('a chart', () => {
  test('has a bar a day for a month', () => {
    expect(bucketsOf({ from: '2026-11-01', to: '2026-11-30' })).toHaveLength(30);
  });

  test('has a bar a week for more, and the first may be shorter', () => {
    const buckets = bucketsOf({ from: '2026-09-01', to: '2026-11-29' });

    expect(buckets).toHaveLength(13);
    expect(buckets[0]).toEqual({ from: '2026-09-01', to: '2026-09-06' });
    expect(buckets.at(-1)).toEqual({ from: '2026-11-23', to: '2026-11-29' });
  });
});
