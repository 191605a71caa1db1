/** What stands in the address for the days that are looked at. */
export const PERIODS = ['today', '7d', '30d', '90d', 'custom'] as const;
export type PeriodName = (typeof PERIODS)[number];
