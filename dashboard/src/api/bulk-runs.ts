import { MutationObserver, useQueryClient } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { eachBounded, type Outcome } from '@/lib/bounded';
import { cancelRun, retryRun } from './run-steering';
import { refreshLists, runKeys } from './runs';
import type { RunSummary } from './schema';

export const BULK_ACTIONS = ['cancel', 'retry'] as const;
export type BulkAction = (typeof BULK_ACTIONS)[number];

/** What was done to one of many; `newRunId` is the run that a retry has made. */
export type BulkOutcome = Outcome<{ newRunId: string | null }>;

/** So many that it is done soon, and so few that nobody else has to wait. */
const AT_ONCE = 4;

/** Whether the API would take it now. */
export function isOpenTo(action: BulkAction, run: RunSummary): boolean {
  return action === 'cancel'
    ? run.status === 'pending' || run.status === 'running'
    : run.status === 'failed' || run.status === 'cancelled';
}

/** The same for many runs, a few at a time; `outcomes` tells of each as soon as it is settled. */
export function useBulkRuns() {
  const client = useQueryClient();
  const [outcomes, setOutcomes] = useState<ReadonlyMap<string, BulkOutcome>>(new Map());
  const [isBusy, setIsBusy] = useState(false);

  const start = useCallback(
    async (action: BulkAction, runIds: readonly string[]) => {
      setIsBusy(true);
      setOutcomes(new Map());
      const work = (runId: string) =>
        // An observer tries again what may go well later, as any other change does.
        new MutationObserver(client, { mutationFn: WORK[action] }).mutate({ runId });
      await eachBounded(runIds, AT_ONCE, work, (runId, outcome) =>
        setOutcomes((known) => new Map(known).set(runId, outcome)),
      );
      setIsBusy(false);
      await Promise.all([
        ...runIds.map((id) => client.invalidateQueries({ queryKey: runKeys.detail(id) })),
        refreshLists(client),
      ]);
    },
    [client],
  );
  const reset = useCallback(() => setOutcomes(new Map()), []);
  return { start, outcomes, isBusy, reset };
}

const WORK: Record<BulkAction, (order: { runId: string }) => Promise<{ newRunId: string | null }>> =
  {
    cancel: async (order) => {
      await cancelRun(order);
      return { newRunId: null };
    },
    retry: async (order) => ({ newRunId: (await retryRun(order)).run_id }),
  };
