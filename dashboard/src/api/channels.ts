import { useQuery } from '@tanstack/react-query';
import { api, dataOf } from './client';

export const channelKeys = {
  all: ['channels'] as const,
  list: () => [...channelKeys.all, 'list'] as const,
};

/** Every channel; they change rarely. */
export function useChannels() {
  return useQuery({
    queryKey: channelKeys.list(),
    queryFn: ({ signal }) => dataOf(api.GET('/api/v1/channels', { signal })),
    staleTime: 60_000,
  });
}
