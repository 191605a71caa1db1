import type { RunStatus } from '@/api/schema';
import { oneOf, present, type Search, text } from '@/lib/search';

export const RUN_STATUSES = [
  'pending',
  'running',
  'completed',
  'failed',
  'cancelled',
] as const satisfies readonly RunStatus[];

/** The filters of the list as they stand in the address. */
export function runsSearch(search: Search) {
  return present({
    status: oneOf(search, 'status', RUN_STATUSES),
    channel_id: text(search, 'channel_id'),
    pipeline: text(search, 'pipeline'),
    text: text(search, 'text'),
    from: text(search, 'from'),
    to: text(search, 'to'),
    parent: text(search, 'parent'),
  });
}
