import { useQuery } from '@tanstack/react-query';
import { api, dataOf } from './client';
import type { Scope } from './schema';

export const meKeys = { all: ['me'] as const };

/** Whose the key of this browser is, and what it opens. */
export function useMe() {
  return useQuery({
    queryKey: meKeys.all,
    queryFn: ({ signal }) => dataOf(api.GET('/api/v1/me', { signal })),
    staleTime: 60_000,
  });
}

/** Whether the key opens what needs `scope`; until it is known, it is taken to. */
export function useMay(scope: Scope): boolean {
  const { data } = useMe();
  return data === undefined || data.scopes.includes(scope) || data.scopes.includes('admin');
}
