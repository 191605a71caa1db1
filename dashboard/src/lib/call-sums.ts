import type { CallView } from '@/api/schema';

/** What the calls of one model come to. */
export interface ModelSum {
  provider: string;
  model: string;
  capability: string;
  calls: number;
  tokens: number;
  /** Null: none of them has a price. */
  costUsd: number | null;
  unpriced: number;
  isSimulated: boolean;
}

/** The calls by what was asked, the dearest first. */
export function byModel(calls: readonly CallView[]): ModelSum[] {
  const sums = new Map<string, ModelSum>();
  for (const call of calls) {
    const key = `${call.provider}/${call.model}/${call.capability}`;
    const before = sums.get(key);
    sums.set(key, {
      provider: call.provider,
      model: call.model,
      capability: call.capability,
      calls: (before?.calls ?? 0) + 1,
      tokens: (before?.tokens ?? 0) + call.total_tokens,
      costUsd: added(before?.costUsd ?? null, call.cost_usd),
      unpriced: (before?.unpriced ?? 0) + (call.priced ? 0 : 1),
      isSimulated: (before?.isSimulated ?? false) || call.simulated,
    });
  }
  return [...sums.values()].sort((a, b) => (b.costUsd ?? 0) - (a.costUsd ?? 0));
}

/** What is unknown does not make the rest unknown. */
function added(sum: number | null, cost: number | null): number | null {
  return cost === null ? sum : (sum ?? 0) + cost;
}
