export type Outcome<T> = { ok: true; value: T } | { ok: false; error: Error };

/**
 * Do `work` for every item, `atOnce` of them at a time, in their order. What fails does not keep
 * the others from being done: each is told with how it went, as soon as it has.
 */
export async function eachBounded<Item, T>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<T>,
  told: (item: Item, outcome: Outcome<T>) => void,
): Promise<void> {
  const left = items.values();
  const worker = async () => {
    for (const item of left) {
      told(item, await outcomeOf(work(item)));
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}

async function outcomeOf<T>(promise: Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await promise };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error : new Error(String(error)) };
  }
}
