import { expect, test } from 'vitest';
import { eachBounded } from './bounded';

test('no more is under way than may be, and a failure stops nobody', async () => {
  let underWay = 0;
  let most = 0;
  const told: string[] = [];

  await eachBounded(
    [1, 2, 3, 4, 5],
    2,
    async (item) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await Promise.resolve();
      underWay -= 1;
      if (item === 2) {
        throw new Error('no');
      }
      return item * 10;
    },
    (item, outcome) => told.push(`${item} ${outcome.ok ? outcome.value : outcome.error.message}`),
  );

  expect(most).toBe(2);
  expect(told.sort()).toEqual(['1 10', '2 no', '3 30', '4 40', '5 50']);
});
