import { present, type Search, text } from '@/lib/search';

/** Of one channel or of all; with `dry_run` what would have been published. */
export function librarySearch(search: Search) {
  return present({
    channel_id: text(search, 'channel_id'),
    dry_run: search.dry_run === true ? true : undefined,
  });
}
