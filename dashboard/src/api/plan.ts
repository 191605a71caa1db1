import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { api, dataOf } from './client';
import type { RunOrder } from './schema';

export const planKeys = {
  all: ['plan'] as const,
  of: (order: RunOrder | null) => [...planKeys.all, order] as const,
};

/** What a run of `order` would do and cost; the last plan stays until the next is there. */
export function usePlan(order: RunOrder | null) {
  return useQuery({
    queryKey: planKeys.of(order),
    queryFn: ({ signal }) =>
      dataOf(api.POST('/api/v1/pipeline/plan', { body: order as RunOrder, signal })),
    enabled: order !== null,
    placeholderData: keepPreviousData,
    // An agent that is missing may be started meanwhile.
    refetchInterval: 30_000,
  });
}
