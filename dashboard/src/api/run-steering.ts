import { type QueryClient, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, dataOf, onceFor } from './client';
import { refreshLists, refreshRun, runKeys } from './runs';
import type { RerunOrder, RunDetail, RunOrder } from './schema';

export function useStartRun() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (order: RunOrder) =>
      dataOf(
        api.POST('/api/v1/pipeline/run', {
          params: { header: { 'Idempotency-Key': onceFor(order) } },
          body: order,
        }),
      ),
    onSuccess: () => refreshLists(client),
  });
}

export interface Steering {
  runId: string;
  reason?: string;
}

/** Stop a run, whatever it is at. */
export function cancelRun({ runId, reason = '' }: Steering) {
  return dataOf(
    api.POST('/api/v1/pipeline/runs/{run_id}/cancel', {
      params: { path: { run_id: runId } },
      body: { reason, requested_by: '' },
    }),
  );
}

export function useCancelRun() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: cancelRun,
    onSettled: (_data, _error, { runId }) => refreshRun(client, runId),
  });
}

export function usePauseRun() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ runId, reason = '' }: Steering) =>
      dataOf(
        api.POST('/api/v1/pipeline/runs/{run_id}/pause', {
          params: { path: { run_id: runId } },
          body: { reason, requested_by: '' },
        }),
      ),
    onMutate: ({ runId }) => patchRun(client, runId, { paused: true }),
    onSettled: (_data, _error, { runId }) => refreshRun(client, runId),
  });
}

export function useResumeRun() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ runId }: Steering) =>
      dataOf(
        api.POST('/api/v1/pipeline/runs/{run_id}/resume', {
          params: { path: { run_id: runId } },
          body: { requested_by: '' },
        }),
      ),
    onMutate: ({ runId }) => patchRun(client, runId, { paused: false, pause: null }),
    onSettled: (_data, _error, { runId }) => refreshRun(client, runId),
  });
}

export interface Retry {
  runId: string;
  /** Pay again for what was paid for already. */
  fresh?: boolean;
}

/** Let a failed or cancelled run go on from where it got to, as a new run. */
export function retryRun(retry: Retry) {
  return dataOf(
    api.POST('/api/v1/pipeline/runs/{run_id}/retry', {
      params: {
        path: { run_id: retry.runId },
        header: { 'Idempotency-Key': onceFor(retry) },
      },
      body: { fresh: retry.fresh ?? false, requested_by: '' },
    }),
  );
}

/** Makes a new run, whose id is in the answer. */
export function useRetryRun() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: retryRun,
    onSettled: (_data, _error, { runId }) => refreshRun(client, runId),
  });
}

export interface Rerun {
  runId: string;
  fromStep: string;
  edits?: RerunOrder['edits'];
  fresh?: boolean;
}

/** Makes a new run, whose id is in the answer. */
export function useRerunRun() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (rerun: Rerun) =>
      dataOf(
        api.POST('/api/v1/pipeline/runs/{run_id}/rerun', {
          params: {
            path: { run_id: rerun.runId },
            header: { 'Idempotency-Key': onceFor(rerun) },
          },
          body: {
            from_step: rerun.fromStep,
            edits: rerun.edits ?? {},
            fresh: rerun.fresh ?? false,
            requested_by: '',
          },
        }),
      ),
    onSettled: (_data, _error, { runId }) => refreshRun(client, runId),
  });
}

async function patchRun(client: QueryClient, runId: string, patch: Partial<RunDetail>) {
  const queryKey = runKeys.detail(runId);
  await client.cancelQueries({ queryKey });
  client.setQueryData<RunDetail>(queryKey, (run) => (run ? { ...run, ...patch } : run));
}
