import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, dataOf, onceFor } from './client';
import type { ScheduleDraft, SchedulePage, ScheduleView } from './schema';

export const scheduleKeys = {
  all: ['schedules'] as const,
  list: () => [...scheduleKeys.all, 'list'] as const,
};

/** The most that the API gives; who has more has them made by a program. */
const SHOWN = 1000;

/** Every schedule, what comes next first. */
export function useSchedules() {
  return useQuery({
    queryKey: scheduleKeys.list(),
    queryFn: ({ signal }) =>
      dataOf(api.GET('/api/v1/schedules', { params: { query: { limit: SHOWN } }, signal })),
    refetchInterval: 15_000,
  });
}

export function useCreateSchedule() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (draft: ScheduleDraft) =>
      dataOf(
        api.POST('/api/v1/schedules', {
          params: { header: { 'Idempotency-Key': onceFor(draft) } },
          body: draft,
        }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: scheduleKeys.all }),
  });
}

/** Pause a schedule, or let a paused one go on. */
export function useSwitchSchedule() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, isPaused }: { id: string; isPaused: boolean }) => {
      const params = { path: { schedule_id: id } };
      return dataOf(
        isPaused
          ? api.POST('/api/v1/schedules/{schedule_id}/pause', { params })
          : api.POST('/api/v1/schedules/{schedule_id}/resume', { params }),
      );
    },
    onSuccess: (changed: ScheduleView) =>
      client.setQueryData<SchedulePage>(scheduleKeys.list(), (page) =>
        page === undefined
          ? page
          : {
              ...page,
              items: page.items.map((each) => (each.id === changed.id ? changed : each)),
            },
      ),
    onSettled: () => client.invalidateQueries({ queryKey: scheduleKeys.all }),
  });
}

export function useRemoveSchedule() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      dataOf(
        api.DELETE('/api/v1/schedules/{schedule_id}', { params: { path: { schedule_id: id } } }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: scheduleKeys.all }),
  });
}
