import { useQuery } from '@tanstack/react-query';
import { api, dataOf } from './client';

export const summaryKeys = {
  all: ['summary'] as const,
  recent: (recent: number) => [...summaryKeys.all, recent] as const,
};

/** The cards of the dashboard and the newest runs. */
export function useDashboardSummary(recent = 5) {
  return useQuery({
    queryKey: summaryKeys.recent(recent),
    queryFn: ({ signal }) =>
      dataOf(api.GET('/api/v1/dashboard/summary', { params: { query: { recent } }, signal })),
    refetchInterval: ({ state }) => ((state.data?.active_runs ?? 0) > 0 ? 5000 : 15_000),
  });
}
