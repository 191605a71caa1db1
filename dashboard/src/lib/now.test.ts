import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createClock } from './now';

beforeEach(() => vi.useFakeTimers({ now: 0 }));
afterEach(() => vi.useRealTimers());

test('one timer goes for all who look at a clock, and none when nobody does', () => {
  const clock = createClock(1000);
  const seen: number[] = [];
  const stops = [1, 2, 3].map(() => clock.subscribe(() => seen.push(clock.now())));
  expect(vi.getTimerCount()).toBe(1);

  vi.advanceTimersByTime(1500);
  expect(seen).toEqual([1000, 1000, 1000]);
  expect(clock.now()).toBe(1000);

  for (const stop of stops) {
    stop();
  }
  expect(vi.getTimerCount()).toBe(0);
});

test('a clock at which nobody has looked for long tells the time all the same', () => {
  const clock = createClock(1000);
  vi.setSystemTime(999);
  expect(clock.now()).toBe(0);

  vi.setSystemTime(61_000);
  expect(clock.now()).toBe(61_000);
});
