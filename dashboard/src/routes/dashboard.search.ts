import { present, type Search } from '@/lib/search';

export const TREND_DAYS = [7, 30, 90] as const;

/** How many days the trends go back. */
export function dashboardSearch(search: Search) {
  return present({ days: TREND_DAYS.find((days) => days === search.days) });
}
