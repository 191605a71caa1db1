import { expect, test } from 'vitest';
import { shortDayOf } from './zone';

test('a day is the same in whatever zone it is read', () => {
  expect(shortDayOf('2026-11-03', 'en')).toBe('Nov 3');
  expect(shortDayOf('2026-11-03', 'ko')).toBe('11월 3일');
});
