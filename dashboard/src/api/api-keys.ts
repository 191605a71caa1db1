import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, dataOf, onceFor } from './client';
import type { KeyDraft } from './schema';

export const apiKeyKeys = {
  all: ['api-keys'] as const,
  list: () => [...apiKeyKeys.all, 'list'] as const,
};

/** Every key there has been, the oldest first; only a key with `admin` may ask. */
export function useApiKeys({ enabled }: { enabled: boolean }) {
  return useQuery({
    queryKey: apiKeyKeys.list(),
    queryFn: ({ signal }) => dataOf(api.GET('/admin/api-keys', { signal })),
    enabled,
    refetchInterval: 60_000,
  });
}

/** Makes a key, which only this answer has: it is kept nowhere else, not in the cache either. */
export function useCreateApiKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (draft: KeyDraft) =>
      dataOf(
        api.POST('/admin/api-keys', {
          params: { header: { 'Idempotency-Key': onceFor(draft) } },
          body: draft,
        }),
      ),
    gcTime: 0,
    onSettled: () => client.invalidateQueries({ queryKey: apiKeyKeys.list() }),
  });
}

export function useDeactivateApiKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (keyId: string) =>
      dataOf(api.DELETE('/admin/api-keys/{key_id}', { params: { path: { key_id: keyId } } })),
    onSettled: () => client.invalidateQueries({ queryKey: apiKeyKeys.list() }),
  });
}
