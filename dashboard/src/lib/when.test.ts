import { expect, test } from 'vitest';
import { isSameClock, soonOf, zoneNames } from './when';

const NINE_IN_SEOUL = '2026-11-30T00:00:00Z';

test('a time to come is told to the minute', () => {
  expect(soonOf(NINE_IN_SEOUL, 'en', 'Asia/Seoul')).toBe('Mon, Nov 30, 09:00');
  expect(soonOf(NINE_IN_SEOUL, 'ko', 'Asia/Seoul')).toBe('11월 30일 (월) 09:00');
});

test('two zones may have the same clock', () => {
  expect(isSameClock(NINE_IN_SEOUL, 'Asia/Seoul', 'Asia/Tokyo')).toBe(true);
  expect(isSameClock(NINE_IN_SEOUL, 'Asia/Seoul', 'UTC')).toBe(false);
});

test('UTC can be chosen everywhere', () => {
  expect(zoneNames('Asia/Seoul')).toContain('UTC');
  expect(zoneNames('Asia/Seoul').filter((name) => name === 'Asia/Seoul')).toHaveLength(1);
});
