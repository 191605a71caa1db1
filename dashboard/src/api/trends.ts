import { useQuery } from '@tanstack/react-query';
import { localDay } from '@/lib/days';
import { viewerZone } from '@/lib/zone';
import { api, dataOf } from './client';
import type { operations } from './schema';

export type TrendFilters = NonNullable<operations['showTrends']['parameters']['query']>;

export const trendKeys = {
  all: ['trends'] as const,
  days: (filters: TrendFilters) => [...trendKeys.all, filters] as const,
};

type Whose = Pick<TrendFilters, 'channel_id' | 'pipeline'>;

/** How runs went and what they cost on each of the last `days` in the viewer's zone. */
export function useTrends(days: number, whose: Whose = {}) {
  return useTrendsBetween(localDay(1 - days), localDay(1), whose);
}

/** How this day of the viewer's zone goes so far, and what it costs. */
export function useToday() {
  return useTrends(1);
}

/** The same from one day on to another, which is not in. */
export function useTrendsBetween(from: string, to: string, whose: Whose = {}) {
  const filters = { from, to, tz: viewerZone(), ...whose };
  return useQuery({
    queryKey: trendKeys.days(filters),
    queryFn: ({ signal }) =>
      dataOf(api.GET('/api/v1/dashboard/trends', { params: { query: filters }, signal })),
    refetchInterval: 60_000,
  });
}
