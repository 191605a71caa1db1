import type { ScheduleView } from '@/api/schema';

export type OrderMark = 'dry_run' | 'review';

/** What a schedule asks for, as far as a list shows it. It stands there as it was ordered. */
export function orderOf({ order }: ScheduleView) {
  const text = (name: string) => (typeof order[name] === 'string' ? order[name] : '');
  const marks = (['dry_run', 'review'] satisfies OrderMark[]).filter(
    (mark) => order[mark] === true,
  );
  return { topic: text('topic'), channelId: text('channel_id'), pipeline: text('pipeline'), marks };
}
