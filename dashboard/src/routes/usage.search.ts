import { PERIODS } from '@/lib/period-names';
import { oneOf, present, type Search, text } from '@/lib/search';

export const USAGE_GROUPS = ['day', 'agent', 'model', 'run', 'call'] as const;
export type UsageGroup = (typeof USAGE_GROUPS)[number];

/** What is added up by what, and over which days in the viewer's zone; `to` is in. */
export function usageSearch(search: Search) {
  return present({
    group_by: oneOf(search, 'group_by', USAGE_GROUPS),
    period: oneOf(search, 'period', PERIODS),
    from: text(search, 'from'),
    to: text(search, 'to'),
    agent: text(search, 'agent'),
    model: text(search, 'model'),
  });
}
