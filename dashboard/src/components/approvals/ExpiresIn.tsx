import { Clock } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { classes } from '@/lib/classes';
import { useNow } from '@/lib/now';
import { dateTimeOf, relativeTimeOf } from '@/lib/time';

const SOON_MS = 60 * 60_000;

/** How long there is to decide; in a warning colour from an hour on. */
export function ExpiresIn({ at }: { at: string }) {
  const { t, i18n } = useTranslation('approvals');
  const now = useNow(30_000);
  const left = Date.parse(at) - now;
  return (
    <time
      dateTime={at}
      title={dateTimeOf(at, i18n.language)}
      className={classes(
        'inline-flex items-center gap-1 whitespace-nowrap',
        left < SOON_MS && 'font-medium text-warning',
      )}
    >
      <Clock size={13} aria-hidden />
      {left <= 0 ? t('timeIsUp') : t('expires', { when: relativeTimeOf(at, i18n.language, now) })}
    </time>
  );
}
