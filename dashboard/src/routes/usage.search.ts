import { oneOf, present, type Search, text } from '@/lib/search';

export const USAGE_GROUPS = ['day', 'agent', 'model', 'run'] as const;

/** What is added up by what, and over which days in UTC. */
export function usageSearch(search: Search) {
  return present({
    group_by: oneOf(search, 'group_by', USAGE_GROUPS),
    from: text(search, 'from'),
    to: text(search, 'to'),
  });
}
