import { useRuns } from '@/api/runs';
import type { RunSummary } from '@/api/schema';
import { dayBegins, localDay } from '@/lib/days';

/** What failed before then is history: nobody waits for it any more. */
const DAYS = 3;

/** Failed runs of the last days, without those that a run among `recent` repeats already. */
export function useFailedRuns(recent: readonly RunSummary[]) {
  const from = dayBegins(localDay(1 - DAYS)) ?? null;
  const { data, error, refetch, isPending, isSuccess, hasNextPage } = useRuns({
    status: 'failed',
    from,
  });
  const repeated = new Set(recent.map((run) => run.parent_run_id));
  const found = data?.pages[0]?.items ?? [];
  return {
    runs: found.filter((run) => !repeated.has(run.run_id)),
    areAll: !hasNextPage,
    error: data === undefined ? error : null,
    refetch,
    isPending,
    isSuccess,
  };
}
