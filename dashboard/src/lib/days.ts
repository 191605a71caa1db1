const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;

/**
 * The moment at which a day such as `2026-11-29` begins in the viewer's zone, some days later;
 * absent for what is no day.
 */
export function dayBegins(day: string | undefined, daysLater = 0): string | undefined {
  const [, year, month, date] = DAY.exec(day ?? '')?.map(Number) ?? [];
  if (year === undefined || month === undefined || date === undefined) {
    return undefined;
  }
  const begins = new Date(year, month - 1, date + daysLater);
  const isDay = begins.getFullYear() > 0 && new Date(year, month - 1, date).getDate() === date;
  return isDay ? begins.toISOString() : undefined;
}

/** The day in the viewer's zone, as a date field takes it, some days from now. */
export function localDay(daysFromNow = 0, now: number = Date.now()): string {
  const today = new Date(now);
  const day = new Date(today.getFullYear(), today.getMonth(), today.getDate() + daysFromNow);
  const parts = [day.getFullYear(), day.getMonth() + 1, day.getDate()];
  return parts.map((part) => String(part).padStart(2, '0')).join('-');
}
