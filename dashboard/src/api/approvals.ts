import { useQuery } from '@tanstack/react-query';
import { api, dataOf } from './client';

export const approvalKeys = {
  all: ['approvals'] as const,
  waiting: () => [...approvalKeys.all, 'waiting'] as const,
};

const SHOWN = 100;

/** What waits for a person, newest first; at most 100. */
export function useWaitingApprovals() {
  return useQuery({
    queryKey: approvalKeys.waiting(),
    queryFn: ({ signal }) =>
      dataOf(
        api.GET('/api/v1/approvals', {
          params: { query: { status: 'waiting', limit: SHOWN } },
          signal,
        }),
      ),
    refetchInterval: 10_000,
  });
}
