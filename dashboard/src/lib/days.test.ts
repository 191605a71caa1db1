import { expect, test } from 'vitest';
import { dayBegins, localDay } from './days';

test('a day begins at midnight where the viewer is', () => {
  const begins = new Date(dayBegins('2026-11-29') ?? '');

  expect([begins.getFullYear(), begins.getMonth(), begins.getDate()]).toEqual([2026, 10, 29]);
  expect([begins.getHours(), begins.getMinutes()]).toEqual([0, 0]);
  expect(dayBegins('2026-11-29', 1)).toBe(dayBegins('2026-11-30'));
});

test('what is no day is left out', () => {
  expect(dayBegins(undefined)).toBeUndefined();
  expect(dayBegins('yesterday')).toBeUndefined();
  expect(dayBegins('2026-02-31')).toBeUndefined();
});

test('today is told as a date field takes it', () => {
  const noon = new Date(2026, 0, 5, 12).getTime();

  expect(localDay(0, noon)).toBe('2026-01-05');
  expect(localDay(-5, noon)).toBe('2025-12-31');
});
