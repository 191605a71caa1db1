import { flag, number, oneOf, present, type Search, text } from '@/lib/search';

export const ASPECTS = ['9:16', '16:9'] as const;
export const PRIORITIES = ['low', 'normal', 'high'] as const;

/**
 * The form of a new schedule is open with `add`, or when a field of its order is given. These are
 * named as those of `RunOrder`, so that an order can be handed on as it is.
 */
export function schedulesSearch(search: Search) {
  return present({
    add: flag(search, 'add'),
    topic: text(search, 'topic'),
    channel_id: text(search, 'channel_id'),
    pipeline: text(search, 'pipeline'),
    aspect: oneOf(search, 'aspect', ASPECTS),
    language: text(search, 'language'),
    priority: oneOf(search, 'priority', PRIORITIES),
    dry_run: flag(search, 'dry_run'),
    review: flag(search, 'review'),
    deadline_s: number(search, 'deadline_s'),
  });
}

export type SchedulesSearch = ReturnType<typeof schedulesSearch>;
