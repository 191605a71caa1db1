import { useInfiniteQuery } from '@tanstack/react-query';
import { api, dataOf } from './client';
import type { operations } from './schema';

export type LibraryFilters = Omit<
  NonNullable<operations['listLibrary']['parameters']['query']>,
  'cursor' | 'limit'
>;

export const libraryKeys = {
  all: ['library'] as const,
  list: (filters: LibraryFilters) => [...libraryKeys.all, 'list', filters] as const,
};

const PAGE = 24;
/** Who has scrolled down so far is looking: what is new would move the pages above. */
const PAGES_KEPT_FRESH = 1;
const FRESH_MS = 30_000;
/** The addresses of files are good for a day at least. */
const RENEWED_MS = 60 * 60_000;

/** Published videos, the one that was finished last first, page by page. */
export function useLibrary(filters: LibraryFilters = {}) {
  return useInfiniteQuery({
    queryKey: libraryKeys.list(filters),
    queryFn: ({ pageParam, signal }) => {
      const query = { ...filters, limit: PAGE, cursor: pageParam };
      return dataOf(api.GET('/api/v1/library', { params: { query }, signal }));
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: ({ state }) =>
      (state.data?.pages.length ?? 0) > PAGES_KEPT_FRESH ? RENEWED_MS : FRESH_MS,
  });
}
