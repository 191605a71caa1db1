import { useMutation } from '@tanstack/react-query';
import { api, dataOf } from './client';

/** Sends a message to all who are to be told; each try sends another one, so there is one. */
export function useTryNotices() {
  return useMutation({
    mutationFn: () => dataOf(api.POST('/admin/notices/trial')),
    retry: false,
  });
}
