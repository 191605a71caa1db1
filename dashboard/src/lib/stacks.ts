import type { GroupSums } from '@/api/schema';
import type { Span } from './period';

/** As many as there are colours, with one for the rest. */
const MOST_NAMES = 5;

export interface Stack {
  /** Empty: all the others together. */
  name: string;
  /** One for each bucket; null when none of its calls has a known price. */
  values: readonly (number | null)[];
}

/** What an agent is called, or a model with who provides it. */
export function nameOf(group: GroupSums): string {
  return group.agent ?? group.model ?? group.run_id ?? '';
}

/** What is of the days of each bucket. */
export function inBuckets(items: readonly GroupSums[], buckets: readonly Span[]): GroupSums[][] {
  return buckets.map(({ from, to }) =>
    items.filter(({ day }) => typeof day === 'string' && from <= day && day <= to),
  );
}

/** What each name has cost in each bucket: the dearest by themselves, the others in one. */
export function stacksOf(buckets: readonly (readonly GroupSums[])[]): Stack[] {
  const totals = new Map<string, number>();
  for (const group of buckets.flat()) {
    const name = nameOf(group);
    totals.set(name, (totals.get(name) ?? 0) + (group.cost_usd ?? 0));
  }
  const names = [...totals.keys()].sort((a, b) => (totals.get(b) ?? 0) - (totals.get(a) ?? 0));
  const shown = names.slice(0, MOST_NAMES);
  const others = new Set(names.slice(MOST_NAMES));
  const stacks = shown.map((name) => stackOf(name, (each) => each === name, buckets));
  return others.size === 0 ? stacks : [...stacks, stackOf('', (each) => others.has(each), buckets)];
}

function stackOf(
  name: string,
  isOf: (name: string) => boolean,
  buckets: readonly (readonly GroupSums[])[],
): Stack {
  const values = buckets.map((groups) => {
    const own = groups.filter((group) => isOf(nameOf(group)));
    return own.length > 0 && own.every((group) => group.cost_usd === null)
      ? null
      : own.reduce((sum, group) => sum + (group.cost_usd ?? 0), 0);
  });
  return { name, values };
}
