import { describe, expect, test } from 'vitest';
import { dateTimeOf, durationOf, relativeTimeOf, secondsBetween } from './time';

const NOW = Date.parse('2026-11-29T12:00:00Z');

describe('a duration', () => {
  test('is told as the command line tells it', () => {
    expect(durationOf(0.44)).toBe('0.4s');
    expect(durationOf(12.39)).toBe('12.3s');
    expect(durationOf(125.9)).toBe('2m05s');
    expect(durationOf(3720)).toBe('1h02m');
    expect(durationOf(-1)).toBe('0.0s');
    expect(durationOf(null)).toBe('');
  });

  test('that is open goes on until now', () => {
    expect(secondsBetween('2026-11-29T11:59:00Z', null, NOW)).toBe(60);
    expect(secondsBetween('2026-11-29T11:59:00Z', '2026-11-29T11:59:06Z', NOW)).toBe(6);
  });
});

describe('a moment', () => {
  test('is near or far in one unit, in both languages', () => {
    expect(relativeTimeOf('2026-11-29T11:57:10Z', 'en', NOW)).toBe('2 min. ago');
    expect(relativeTimeOf('2026-11-29T11:57:10Z', 'ko', NOW)).toBe('2분 전');
    expect(relativeTimeOf('2026-11-29T15:00:00Z', 'ko', NOW)).toBe('3시간 후');
    expect(relativeTimeOf('2026-11-29T11:59:50Z', 'en', NOW)).toBe('now');
  });

  test('of long ago is a date', () => {
    expect(relativeTimeOf('2026-10-01T12:00:00Z', 'en', NOW)).toBe('Oct 1, 2026');
  });

  test('can be told in the zone of somebody else', () => {
    expect(dateTimeOf('2026-11-29T00:00:00Z', 'en', 'Asia/Seoul')).toContain('9:00:00');
  });
});
