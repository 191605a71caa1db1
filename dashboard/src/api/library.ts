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
/** Who has scrolled down so far is looking: the pages above would move. */
const PAGES_KEPT_FRESH = 1;

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
      (state.data?.pages.length ?? 0) > PAGES_KEPT_FRESH ? false : 30_000,
  });
}
