import { useTranslation } from 'react-i18next';
import { useNow } from '@/lib/now';
import { dateTimeOf, relativeTimeOf } from '@/lib/time';

/** How long ago; the whole time in the viewer's zone is its title. */
export function TimeAgo({ at }: { at: string }) {
  const { i18n } = useTranslation();
  const now = useNow(30_000);
  return (
    <time dateTime={at} title={dateTimeOf(at, i18n.language)} className="whitespace-nowrap">
      {relativeTimeOf(at, i18n.language, now)}
    </time>
  );
}
