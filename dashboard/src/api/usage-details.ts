import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { dayAfter, type Span } from '@/lib/period';
import { api, dataOf } from './client';
import { AGAIN_MS, type CallFilters, usageKeys, useUsageSummary } from './usage';

// Apart from what the top bar asks for, so that it comes with the view and not before.
const RUNS_PAGE = 30;
const CALLS_PAGE = 50;
const MOST_NAMES = 100;
/** Who has scrolled down so far is reading: the pages above would move. */
const PAGES_KEPT_FRESH = 3;

/** What agents or models come to in days of UTC; both ends are in. */
export function useUsageByName(group_by: 'agent' | 'model', span: Span) {
  return useUsageSummary(filtersOf(group_by, span));
}

/** The same day by day, in one answer. */
export function useUsageByDay(group_by: 'agent' | 'model', { from, to }: Span) {
  const query = { group_by, from, to: dayAfter(to, 1) };
  return useQuery({
    queryKey: usageKeys.days(query),
    queryFn: ({ signal }) => dataOf(api.GET('/api/v1/usage/days', { params: { query }, signal })),
    refetchInterval: AGAIN_MS,
  });
}

/** What runs have cost that made their first call in days of UTC, newest first, page by page. */
export function useUsageByRun(span: Span) {
  return useInfiniteQuery({
    queryKey: usageKeys.runs(span.from, span.to),
    queryFn: ({ pageParam, signal }) => {
      const { from, to } = filtersOf('run', span);
      const query = { group_by: 'run', from, to, limit: RUNS_PAGE, cursor: pageParam } as const;
      return dataOf(api.GET('/api/v1/usage/summary', { params: { query }, signal }));
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: ({ state }) => pagesInterval(state.data?.pages.length),
  });
}

/** Paid calls, newest first, page by page. */
export function useUsageCalls(filters: CallFilters) {
  return useInfiniteQuery({
    queryKey: usageKeys.calls(filters),
    queryFn: ({ pageParam, signal }) => {
      const query = { ...filters, limit: CALLS_PAGE, cursor: pageParam };
      return dataOf(api.GET('/api/v1/usage', { params: { query }, signal }));
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: ({ state }) => pagesInterval(state.data?.pages.length),
  });
}

function filtersOf(group_by: 'agent' | 'model' | 'run', { from, to }: Span) {
  return { group_by, from, to: dayAfter(to, 1), limit: MOST_NAMES } as const;
}

function pagesInterval(pages = 0): number | false {
  return pages > PAGES_KEPT_FRESH ? false : AGAIN_MS;
}
