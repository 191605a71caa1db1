import { describe, expect, test } from 'vitest';
import { countOf, moneyOf, roundMoneyOf, shortCountOf, shortMoneyOf } from './money';

describe('money', () => {
  test('has four decimals', () => {
    expect(moneyOf(0.0202)).toBe('$0.0202');
    expect(moneyOf(1234.5)).toBe('$1,234.5000');
    expect(moneyOf(0)).toBe('$0.0000');
  });

  test('is never shown as nothing when something was paid', () => {
    expect(moneyOf(0.00000004)).toBe('<$0.0001');
  });

  test('that is unknown is not zero', () => {
    expect(moneyOf(null)).toBe('');
    expect(shortMoneyOf(undefined)).toBe('');
  });

  test('is short from a dollar on where there is little room', () => {
    expect(shortMoneyOf(0.0202)).toBe('$0.0202');
    expect(shortMoneyOf(12.345)).toBe('$12.35');
  });
});

test('a count has separators', () => {
  expect(countOf(10_000)).toBe('10,000');
});

test('a mark of an axis has no more decimals than it needs', () => {
  expect([0, 0.002, 2.5, 5000].map(roundMoneyOf)).toEqual(['$0', '$0.002', '$2.5', '$5,000']);
});

test('a count is short where there is little room', () => {
  expect([950, 19_154, 1_500_000].map(shortCountOf)).toEqual(['950', '19.2K', '1.5M']);
});
