import { expect, test } from 'vitest';
import { bytesOf } from './bytes';

test('a size is told in the largest unit that it fills', () => {
  expect(bytesOf(412)).toBe('412 B');
  expect(bytesOf(1_843_200)).toBe('1.8 MB');
});
