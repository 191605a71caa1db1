import { oneOf, present, type Search, text } from '@/lib/search';

export const RUN_TABS = [
  'timeline',
  'script',
  'seo',
  'images',
  'video',
  'findings',
  'events',
  'cost',
] as const;
export type RunTab = (typeof RUN_TABS)[number];

/** The tab that is open, and the step that is looked at. */
export function runSearch(search: Search) {
  return present({ tab: oneOf(search, 'tab', RUN_TABS), step: text(search, 'step') });
}
