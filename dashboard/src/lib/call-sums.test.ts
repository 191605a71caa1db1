import { expect, test } from 'vitest';
import type { CallView } from '@/api/schema';
import { byModel } from './call-sums';

function call(model: string, cost_usd: number | null): CallView {
  return {
    id: '',
    run_id: '',
    step: 'script',
    attempt: 1,
    agent: 'writer',
    capability: 'text',
    provider: 'anthropic',
    model,
    prompt_tokens: 6,
    completion_tokens: 4,
    total_tokens: 10,
    cost_usd,
    priced: cost_usd !== null,
    simulated: false,
    created_at: '2026-01-01T00:00:00Z',
  };
}

test('the dearest model stands first, and what has no price is told apart', () => {
  const sums = byModel([call('small', 0.1), call('large', 1), call('large', null)]);

  expect(
    sums.map(({ model, calls, tokens, costUsd, unpriced }) => [
      model,
      calls,
      tokens,
      costUsd,
      unpriced,
    ]),
  ).toEqual([
    ['large', 2, 20, 1, 1],
    ['small', 1, 10, 0.1, 0],
  ]);
});

test('a sum of nothing that is known is not known', () => {
  expect(byModel([call('local', null)])[0]?.costUsd).toBeNull();
});
