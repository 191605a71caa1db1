import { present, type Search, text } from '@/lib/search';

export function librarySearch(search: Search) {
  return present({ channel_id: text(search, 'channel_id'), text: text(search, 'text') });
}
