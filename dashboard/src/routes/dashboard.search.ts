import { present, type Search, text } from '@/lib/search';

export const TREND_DAYS = [7, 30, 90] as const;

/** How many days the trends go back, and whose they are. */
export function dashboardSearch(search: Search) {
  return present({
    days: TREND_DAYS.find((days) => days === search.days),
    channel_id: text(search, 'channel_id'),
    pipeline: text(search, 'pipeline'),
  });
}
