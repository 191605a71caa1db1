import { oneOf, present, type Search, text } from '@/lib/search';

export const APPROVAL_STANDINGS = ['waiting', 'decided'] as const;

/** The queue or the history, of one channel or of all; `run_id` and `step` name what is looked at. */
export function approvalsSearch(search: Search) {
  return present({
    status: oneOf(search, 'status', APPROVAL_STANDINGS),
    channel_id: text(search, 'channel_id'),
    run_id: text(search, 'run_id'),
    step: text(search, 'step'),
  });
}
