/** The zone of this browser, such as `Asia/Seoul`. */
export function viewerZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** A day such as `2026-11-03` in few words: "Nov 3", "11월 3일". */
export function shortDayOf(day: string, language: string): string {
  const format = new Intl.DateTimeFormat(language, {
    month: 'short',
    day: 'numeric',
    timeZone: 'UTC',
  });
  return format.format(new Date(`${day}T00:00:00Z`));
}
