import { useQuery } from '@tanstack/react-query';
import { api, dataOf } from './client';
import type { operations } from './schema';

export type UsageSummaryFilters = NonNullable<operations['summarizeUsage']['parameters']['query']>;
export type CallFilters = Omit<
  NonNullable<operations['listUsage']['parameters']['query']>,
  'cursor' | 'limit'
>;

export type DayFilters = NonNullable<operations['listUsageDays']['parameters']['query']>;

export const AGAIN_MS = 30_000;

export const usageKeys = {
  all: ['usage'] as const,
  summary: (filters: UsageSummaryFilters) => [...usageKeys.all, 'summary', filters] as const,
  days: (filters: DayFilters) => [...usageKeys.all, 'days', filters] as const,
  runs: (from: string, to: string) => [...usageKeys.all, 'runs', from, to] as const,
  calls: (filters: CallFilters) => [...usageKeys.all, 'calls', filters] as const,
};

/** What paid calls come to, by run, day, agent or model. */
export function useUsageSummary(filters: UsageSummaryFilters) {
  return useQuery({
    queryKey: usageKeys.summary(filters),
    queryFn: ({ signal }) =>
      dataOf(api.GET('/api/v1/usage/summary', { params: { query: filters }, signal })),
    refetchInterval: AGAIN_MS,
  });
}
