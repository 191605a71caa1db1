import { describe, expect, test } from 'vitest';
import { labelledPlaces, sumOf, ticksTo } from './scale';

describe('an axis', () => {
  test('is marked in round steps that reach the highest value', () => {
    expect(ticksTo(9)).toEqual([0, 5, 10]);
    expect(ticksTo(100, 4)).toEqual([0, 50, 100]);
    expect(ticksTo(0.0034)).toEqual([0, 0.002, 0.004]);
    expect(ticksTo(3)).toEqual([0, 1, 2, 3]);
  });

  test('of counts has whole steps', () => {
    expect(ticksTo(1, 3, 1)).toEqual([0, 1]);
    expect(ticksTo(2, 3, 1)).toEqual([0, 1, 2]);
  });

  test('without a value has a step to stand on', () => {
    expect(ticksTo(0)).toEqual([0, 1]);
  });
});

test('the last place has a label, and the others as they fit', () => {
  expect(labelledPlaces(3, 4, 10)).toEqual([0, 1, 2]);
  expect(labelledPlaces(7, 4, 10)).toEqual([0, 2, 4, 6]);
  expect(labelledPlaces(31, 4, 10)).toEqual([0, 15, 30]);
  expect(labelledPlaces(0, 4, 10)).toEqual([]);
});

test('a sum of what is not known is not nothing', () => {
  expect(sumOf([1, null, 2])).toBe(3);
  expect(sumOf([null])).toBeNull();
});
