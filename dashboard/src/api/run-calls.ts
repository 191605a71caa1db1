import { useQuery } from '@tanstack/react-query';
import { api, dataOf } from './client';
import type { CallView } from './schema';
import { usageKeys } from './usage';

export const callKeys = {
  ofRun: (runId: string) => [...usageKeys.all, 'run', runId] as const,
};

const PAGE = 500;
const MOST = 5000;

export interface RunCalls {
  calls: readonly CallView[];
  /** There are more than were read. */
  isPartial: boolean;
}

/** The paid calls of a run, newest first. `isLive`: it goes on. */
export function useRunCalls(runId: string, { isLive = false } = {}) {
  return useQuery({
    queryKey: callKeys.ofRun(runId),
    queryFn: ({ signal }) => readCalls(runId, signal),
    refetchInterval: isLive ? 10_000 : false,
  });
}

async function readCalls(runId: string, signal: AbortSignal): Promise<RunCalls> {
  const calls: CallView[] = [];
  let cursor: string | null = '';
  while (cursor !== null && calls.length < MOST) {
    const query: { run_id: string; limit: number; cursor: string } = {
      run_id: runId,
      limit: PAGE,
      cursor,
    };
    const page = await dataOf(api.GET('/api/v1/usage', { params: { query }, signal }));
    calls.push(...page.items);
    cursor = page.next_cursor;
  }
  return { calls, isPartial: cursor !== null };
}
