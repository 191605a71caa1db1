import { useTranslation } from 'react-i18next';
import { dayAfter, momentsOf, type Span, utcSpanOf } from '@/lib/period';
import { shortDayOf } from '@/lib/zone';

/** Which days of UTC stand in for those of the viewer; null where they are the same. */
export function useUtcHint(span: Span): string | null {
  const { t, i18n } = useTranslation('usage');
  const { from, to } = utcSpanOf(span);
  const moments = momentsOf(span);
  const isSame =
    Date.parse(moments.from) === Date.parse(from) &&
    Date.parse(moments.to) === Date.parse(dayAfter(to, 1));
  if (isSame) {
    return null;
  }
  const days = [...new Set([from, to])].map((day) => shortDayOf(day, i18n.language));
  return t('utcDays', { days: days.join(' – ') });
}
