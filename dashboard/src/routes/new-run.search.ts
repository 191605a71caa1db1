import { present, type Search, text } from '@/lib/search';

/** What the form begins with. */
export function newRunSearch(search: Search) {
  return present({
    channel_id: text(search, 'channel_id'),
    topic: text(search, 'topic'),
    pipeline: text(search, 'pipeline'),
  });
}
