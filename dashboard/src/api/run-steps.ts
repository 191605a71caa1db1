import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { api, dataOf } from './client';

export const stepKeys = {
  all: ['steps'] as const,
  output: (runId: string, step: string, version: string) =>
    [...stepKeys.all, 'output', runId, step, version] as const,
  instances: (runId: string, step: string) => [...stepKeys.all, 'instances', runId, step] as const,
};

const PAGE = 100;

/**
 * What a step has produced. `version` is when it did, as a revision makes it anew; null: it has not,
 * and nothing is asked.
 */
export function useStepOutput(runId: string, step: string, version: string | null) {
  return useQuery({
    queryKey: stepKeys.output(runId, step, version ?? ''),
    queryFn: ({ signal }) =>
      dataOf(
        api.GET('/api/v1/pipeline/runs/{run_id}/steps/{step}/output', {
          params: { path: { run_id: runId, step } },
          signal,
        }),
      ),
    enabled: version !== null,
    // The addresses of its files are good for a day.
    staleTime: 60 * 60_000,
  });
}

/** The instances of a step, by index. `isLive`: some are at work. */
export function useStepInstances(runId: string, step: string, { isLive = false } = {}) {
  return useInfiniteQuery({
    queryKey: stepKeys.instances(runId, step),
    queryFn: ({ pageParam, signal }) =>
      dataOf(
        api.GET('/api/v1/pipeline/runs/{run_id}/steps/{step}/instances', {
          params: {
            path: { run_id: runId, step },
            query: { limit: PAGE, cursor: pageParam },
          },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: isLive ? 5000 : false,
  });
}
