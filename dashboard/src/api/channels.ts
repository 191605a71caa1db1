import { type QueryClient, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, dataOf, onceFor } from './client';
import type { ChannelChange, ChannelDraft, ChannelView } from './schema';

export const channelKeys = {
  all: ['channels'] as const,
  list: () => [...channelKeys.all, 'list'] as const,
  details: () => [...channelKeys.all, 'detail'] as const,
  detail: (channelId: string) => [...channelKeys.details(), channelId] as const,
};

const RARELY_MS = 60_000;

/** Every channel; they change rarely. */
export function useChannels() {
  return useQuery({
    queryKey: channelKeys.list(),
    queryFn: ({ signal }) => dataOf(api.GET('/api/v1/channels', { signal })),
    staleTime: RARELY_MS,
  });
}

/** One channel; what the list knows of it will do at first. */
export function useChannel(channelId: string) {
  const client = useQueryClient();
  return useQuery({
    queryKey: channelKeys.detail(channelId),
    queryFn: ({ signal }) =>
      dataOf(
        api.GET('/api/v1/channels/{channel_id}', {
          params: { path: { channel_id: channelId } },
          signal,
        }),
      ),
    initialData: () =>
      client
        .getQueryData<ChannelView[]>(channelKeys.list())
        ?.find((each) => each.channel_id === channelId),
    initialDataUpdatedAt: () => client.getQueryState(channelKeys.list())?.dataUpdatedAt,
    staleTime: RARELY_MS,
  });
}

export function useCreateChannel() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (draft: ChannelDraft) =>
      dataOf(
        api.POST('/api/v1/channels', {
          params: { header: { 'Idempotency-Key': onceFor(draft) } },
          body: draft,
        }),
      ),
    onSuccess: (channel) => takeOver(client, channel),
  });
}

export interface ChannelEdit {
  channelId: string;
  /** What is left out stays as it is. */
  change: ChannelChange;
}

export function useUpdateChannel() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ channelId, change }: ChannelEdit) =>
      dataOf(
        api.PATCH('/api/v1/channels/{channel_id}', {
          params: { path: { channel_id: channelId } },
          body: change,
        }),
      ),
    onSuccess: (channel) => takeOver(client, channel),
  });
}

export function useDeleteChannel() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (channelId: string) =>
      dataOf(
        api.DELETE('/api/v1/channels/{channel_id}', {
          params: { path: { channel_id: channelId } },
        }),
      ),
    onSuccess: (_data, channelId) => {
      client.removeQueries({ queryKey: channelKeys.detail(channelId) });
      return client.invalidateQueries({ queryKey: channelKeys.list() });
    },
  });
}

function takeOver(client: QueryClient, channel: ChannelView): void {
  client.setQueryData(channelKeys.detail(channel.channel_id), channel);
  void client.invalidateQueries({ queryKey: channelKeys.list() });
}
