import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { approvalKeys } from './approvals';
import { api, dataOf } from './client';
import { refreshRun } from './runs';
import type { DecisionOrder } from './schema';

export const questionKeys = {
  one: (runId: string, step: string, round: number | 'newest') =>
    [...approvalKeys.all, 'one', runId, step, round] as const,
};

/** A question about a step, the newest one without a round, and all that is to be seen for an answer. */
export function useQuestion(runId: string, step: string, round: number | undefined) {
  return useQuery({
    queryKey: questionKeys.one(runId, step, round ?? 'newest'),
    queryFn: ({ signal }) =>
      dataOf(
        api.GET('/api/v1/approvals/{run_id}/{step}', {
          params: { path: { run_id: runId, step }, query: { round: round ?? null } },
          signal,
        }),
      ),
  });
}

export interface Answer {
  runId: string;
  step: string;
  digest: string;
  decision: DecisionOrder['decision'];
  comment: string;
}

/** Decide on what was shown; the first decision stands. */
export function useDecide() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ runId, step, digest, decision, comment }: Answer) =>
      dataOf(
        api.POST('/api/v1/approvals/{run_id}/{step}/decision', {
          params: { path: { run_id: runId, step } },
          body: { digest, decision, comment, decided_by: '' },
        }),
      ),
    onSettled: (_data, _error, { runId }) =>
      Promise.all([
        refreshRun(client, runId),
        client.invalidateQueries({ queryKey: approvalKeys.all }),
      ]),
  });
}
