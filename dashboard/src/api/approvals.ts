import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { api, dataOf } from './client';
import type { operations } from './schema';

export type ApprovalFilters = Omit<
  NonNullable<operations['listApprovals']['parameters']['query']>,
  'cursor' | 'limit'
>;

export const approvalKeys = {
  all: ['approvals'] as const,
  waiting: () => [...approvalKeys.all, 'waiting'] as const,
  list: (filters: ApprovalFilters) => [...approvalKeys.all, 'list', filters] as const,
};

const SHOWN = 100;
const PAGE = 30;

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

/** How many wait, as far as that is counted: `100+` when there are more, nothing when it is unknown. */
export interface WaitingCount {
  count: number;
  shown: string;
}

export function useWaitingCount(): WaitingCount {
  const { data } = useWaitingApprovals();
  if (data === undefined) {
    return { count: 0, shown: '' };
  }
  const { items, next_cursor } = data;
  return { count: items.length, shown: `${items.length}${next_cursor === null ? '' : '+'}` };
}

/** The queue or the history, newest first, page by page. */
export function useApprovals(filters: ApprovalFilters) {
  return useInfiniteQuery({
    queryKey: approvalKeys.list(filters),
    queryFn: ({ pageParam, signal }) => {
      const query = { ...filters, limit: PAGE, cursor: pageParam };
      return dataOf(api.GET('/api/v1/approvals', { params: { query }, signal }));
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: filters.status === 'waiting' ? 10_000 : 30_000,
  });
}
