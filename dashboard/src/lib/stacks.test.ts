import { expect, test } from 'vitest';
import type { GroupSums } from '@/api/schema';
import { inBuckets, stacksOf } from './stacks';

const NOTHING = {
  calls: 1,
  prompt_tokens: 0,
  completion_tokens: 0,
  total_tokens: 0,
  unpriced_calls: 0,
  simulated_calls: 0,
  saved_calls: 0,
  money_saved_usd: 0,
};

function agent(name: string, cost_usd: number | null): GroupSums {
  return { ...NOTHING, agent: name, cost_usd };
}

test('the dearest come first, with nothing where they did nothing', () => {
  const stacks = stacksOf([[agent('writer', 1)], [agent('writer', 1), agent('media', 5)]]);

  expect(stacks).toEqual([
    { name: 'media', values: [0, 5] },
    { name: 'writer', values: [1, 1] },
  ]);
});

test('from the sixth on they are one', () => {
  const groups = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name, at) => agent(name, 10 - at));

  expect(stacksOf([groups]).map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd', 'e', '']);
  expect(stacksOf([groups]).at(-1)?.values).toEqual([9]);
});

test('what nobody knows the price of is not nothing', () => {
  expect(stacksOf([[agent('writer', null)]])).toEqual([{ name: 'writer', values: [null] }]);
});

test('what is of a day is in its bucket, and in no other', () => {
  const days = ['2026-11-01', '2026-11-07', '2026-11-08'].map((day) => ({
    ...agent('writer', 1),
    day,
  }));
  const buckets = [
    { from: '2026-11-01', to: '2026-11-07' },
    { from: '2026-11-08', to: '2026-11-08' },
    { from: '2026-11-09', to: '2026-11-09' },
  ];

  expect(inBuckets(days, buckets).map((each) => each.length)).toEqual([2, 1, 0]);
});
