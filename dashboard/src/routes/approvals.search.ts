import { number, oneOf, present, type Search, text } from '@/lib/search';

export const OUTCOMES = ['approved', 'rejected', 'revised', 'expired', 'cancelled'] as const;
const STANDINGS = ['waiting', 'decided', ...OUTCOMES] as const;

export type Outcome = (typeof OUTCOMES)[number];
export type Standing = (typeof STANDINGS)[number];

/**
 * The queue or the history, all of it or what ended one way, of one channel or of all; `run_id`,
 * `step` and `round` name what is looked at.
 */
export function approvalsSearch(search: Search) {
  return present({
    status: oneOf(search, 'status', STANDINGS),
    channel_id: text(search, 'channel_id'),
    run_id: text(search, 'run_id'),
    step: text(search, 'step'),
    round: number(search, 'round'),
  });
}
