import {
  type QueryClient,
  queryOptions,
  useInfiniteQuery,
  useQueries,
  useQuery,
} from '@tanstack/react-query';
import { api, dataOf } from './client';
import type { operations, RunDetail, RunPage, RunStatus } from './schema';
import { summaryKeys } from './summary';

export type RunFilters = Omit<
  NonNullable<operations['listRuns']['parameters']['query']>,
  'cursor' | 'limit'
>;

export const runKeys = {
  all: ['runs'] as const,
  lists: () => [...runKeys.all, 'list'] as const,
  list: (filters: RunFilters) => [...runKeys.lists(), filters] as const,
  details: () => [...runKeys.all, 'detail'] as const,
  detail: (runId: string) => [...runKeys.details(), runId] as const,
};

const FIRST_PAGE = 40;
/** Who scrolls on wants to get far: the most that the API gives at once. */
const NEXT_PAGES = 100;
const BUSY_MS = 5000;
const QUIET_MS = 15_000;
/** Who has scrolled down so far is reading: the pages above would move. */
const PAGES_KEPT_FRESH = 2;

export function isOver(status: RunStatus): boolean {
  return status !== 'pending' && status !== 'running';
}

/** Whether a list of so many pages is asked for again by itself. */
export function isKeptFresh(pages: number): boolean {
  return pages <= PAGES_KEPT_FRESH;
}

/** Runs, newest first, page by page. */
export function useRuns(filters: RunFilters = {}) {
  return useInfiniteQuery({
    queryKey: runKeys.list(filters),
    queryFn: ({ pageParam, signal }) => {
      const limit = pageParam === '' ? FIRST_PAGE : NEXT_PAGES;
      return pageOf({ ...filters, limit, cursor: pageParam }, signal);
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: ({ state }) => listInterval(state.data?.pages ?? []),
    refetchOnWindowFocus: ({ state }) => isKeptFresh(state.data?.pages.length ?? 0),
    refetchOnMount: ({ state }) => isKeptFresh(state.data?.pages.length ?? 0),
  });
}

/** The newest runs, to tell what is new above a long list, which is not asked for again itself. */
export function useNewestRuns(filters: RunFilters, { isOn }: { isOn: boolean }) {
  return useQuery({
    queryKey: [...runKeys.list(filters), 'newest'],
    queryFn: ({ signal }) => pageOf({ ...filters, limit: FIRST_PAGE }, signal),
    refetchInterval: BUSY_MS,
    enabled: isOn,
  });
}

/** One run. `isLive`: its events are followed, which tell when to ask again. */
export function useRun(runId: string, { isLive = false } = {}) {
  return useQuery(oneRun(runId, isLive));
}

/** Some runs, as far as they are known. */
export function useRunsById(runIds: readonly string[]): readonly RunDetail[] {
  return useQueries({ queries: runIds.map((runId) => oneRun(runId)), combine: whatIsKnown });
}

function oneRun(runId: string, isLive = false) {
  return queryOptions({
    queryKey: runKeys.detail(runId),
    queryFn: ({ signal }) =>
      dataOf(
        api.GET('/api/v1/pipeline/runs/{run_id}', { params: { path: { run_id: runId } }, signal }),
      ),
    refetchInterval: ({ state }) => detailInterval(state.data, isLive),
  });
}

function whatIsKnown(found: readonly { data: RunDetail | undefined }[]): readonly RunDetail[] {
  return found.flatMap(({ data }) => data ?? []);
}

/** Ask again for one run and for the lists that it is in. */
export async function refreshRun(client: QueryClient, runId: string): Promise<void> {
  await Promise.all([
    client.invalidateQueries({ queryKey: runKeys.detail(runId) }),
    refreshLists(client),
  ]);
}

export async function refreshLists(client: QueryClient): Promise<void> {
  await Promise.all([
    client.invalidateQueries({ queryKey: runKeys.lists() }),
    client.invalidateQueries({ queryKey: summaryKeys.all }),
  ]);
}

function pageOf(query: RunFilters & { limit: number; cursor?: string }, signal: AbortSignal) {
  return dataOf(api.GET('/api/v1/pipeline/runs', { params: { query }, signal }));
}

function listInterval(pages: readonly RunPage[]): number | false {
  if (!isKeptFresh(pages.length)) {
    return false;
  }
  const isBusy = pages.some((page) => page.items.some((run) => !isOver(run.status)));
  return isBusy ? BUSY_MS : QUIET_MS;
}

function detailInterval(run: RunDetail | undefined, isLive: boolean): number | false {
  if (run !== undefined && isOver(run.status)) {
    return false;
  }
  return isLive && run !== undefined && isWaitingForPerson(run) ? QUIET_MS : BUSY_MS;
}

/** Whatever else a run waits for begins and ends without an event. */
export function isWaitingForPerson({ waiting_for }: RunDetail): boolean {
  return (
    waiting_for.length > 0 &&
    waiting_for.every(({ kind }) => kind === 'approval' || kind === 'paused')
  );
}
