import { useQuery } from '@tanstack/react-query';
import { api, dataOf } from './client';

export const pipelineKeys = {
  all: ['pipelines'] as const,
  list: () => [...pipelineKeys.all, 'list'] as const,
};

/** Every pipeline as its file is now, those with a mistake too. */
export function usePipelines() {
  return useQuery({
    queryKey: pipelineKeys.list(),
    queryFn: ({ signal }) => dataOf(api.GET('/api/v1/pipelines', { signal })),
    staleTime: 60_000,
  });
}
