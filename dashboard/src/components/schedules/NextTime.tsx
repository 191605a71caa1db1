import { useTranslation } from 'react-i18next';
import type { ScheduleView } from '@/api/schema';
import { useNow } from '@/lib/now';
import { relativeTimeOf } from '@/lib/time';
import { isSameClock, soonOf } from '@/lib/when';
import { viewerZone } from '@/lib/zone';

/** The next time where the viewer is, and by the clock of the schedule where that differs. */
export function NextTime({ schedule }: { schedule: ScheduleView }) {
  const { t, i18n } = useTranslation('schedules');
  const now = useNow(30_000);
  const { next_fire_at: next, tz } = schedule;
  if (next === null) {
    return <span className="text-muted">{t(`noNext.${schedule.state}`)}</span>;
  }
  return (
    <time dateTime={next} className="figures">
      <span className="block truncate">{soonOf(next, i18n.language)}</span>
      <span className="block text-sm text-muted">
        {relativeTimeOf(next, i18n.language, now)}
        {!isSameClock(next, tz, viewerZone()) && (
          <> · {t('there', { time: soonOf(next, i18n.language, tz), zone: tz })}</>
        )}
      </span>
    </time>
  );
}
