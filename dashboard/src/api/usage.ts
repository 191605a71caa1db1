import { useInfiniteQuery, useQueries, useQuery } from '@tanstack/react-query';
import { dayAfter, type Span } from '@/lib/period';
import { utcDay } from '@/lib/time';
import { api, dataOf } from './client';
import type { operations } from './schema';

export type UsageSummaryFilters = NonNullable<operations['summarizeUsage']['parameters']['query']>;
export type CallFilters = Omit<
  NonNullable<operations['listUsage']['parameters']['query']>,
  'cursor' | 'limit'
>;

export const usageKeys = {
  all: ['usage'] as const,
  summary: (filters: UsageSummaryFilters) => [...usageKeys.all, 'summary', filters] as const,
  runs: (span: Span) => [...usageKeys.all, 'runs', span] as const,
  calls: (filters: CallFilters) => [...usageKeys.all, 'calls', filters] as const,
};

const AGAIN_MS = 30_000;
const RUNS_PAGE = 30;
const CALLS_PAGE = 50;
const MOST_NAMES = 100;
/** Who has scrolled down so far is reading: the pages above would move. */
const PAGES_KEPT_FRESH = 3;

/** What paid calls come to, by run, day, agent or model. */
export function useUsageSummary(filters: UsageSummaryFilters) {
  return useQuery(summaryOptions(filters));
}

/** What this day, in UTC, has cost so far. */
export function useCostToday() {
  return useUsageSummary({ group_by: 'day', from: utcDay(), to: utcDay(1), limit: 1 });
}

/** What agents or models come to in days of UTC; both ends are in. */
export function useUsageByName(group_by: 'agent' | 'model', span: Span) {
  return useUsageSummary(filtersOf(group_by, span));
}

/** The same for each of some spans; one that is over is asked for once. */
export function useUsageInSpans(group_by: 'agent' | 'model', spans: readonly Span[]) {
  const today = utcDay();
  return useQueries({
    queries: spans.map((span) => ({
      ...summaryOptions(filtersOf(group_by, span)),
      ...(span.to < today ? { staleTime: Number.POSITIVE_INFINITY, refetchInterval: false } : {}),
    })),
    combine: (answers) => ({
      items: answers.map(({ data }) => data?.items ?? []),
      isPending: answers.some(({ isPending }) => isPending),
      error: answers.find(({ error, data }) => data === undefined && error !== null)?.error ?? null,
      isFetching: answers.some(({ isFetching }) => isFetching),
      refetch: () => Promise.all(answers.map(({ refetch }) => refetch())),
    }),
  });
}

/** What runs have cost that made their first call in days of UTC, newest first, page by page. */
export function useUsageByRun(span: Span) {
  return useInfiniteQuery({
    queryKey: usageKeys.runs(span),
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

function summaryOptions(filters: UsageSummaryFilters) {
  return {
    queryKey: usageKeys.summary(filters),
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      dataOf(api.GET('/api/v1/usage/summary', { params: { query: filters }, signal })),
    refetchInterval: AGAIN_MS,
  };
}

function filtersOf(group_by: 'agent' | 'model' | 'run', { from, to }: Span) {
  return { group_by, from, to: dayAfter(to, 1), limit: MOST_NAMES } as const;
}

function pagesInterval(pages = 0): number | false {
  return pages > PAGES_KEPT_FRESH ? false : AGAIN_MS;
}
