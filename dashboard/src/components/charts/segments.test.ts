import { expect, test } from 'vitest';
import { segmentsOf } from './segments';

test('a line is broken where a figure is not known', () => {
  expect(segmentsOf([null, 1, 2, null, 3])).toEqual([
    [
      { place: 1, value: 1 },
      { place: 2, value: 2 },
    ],
    [{ place: 4, value: 3 }],
  ]);
  expect(segmentsOf([null, null])).toEqual([]);
});
