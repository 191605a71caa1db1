import { CalendarDays } from 'lucide-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { cronInWords, nextTimes } from '@/lib/cron';
import { isSameClock, soonOf } from '@/lib/when';
import { viewerZone } from '@/lib/zone';

const SHOWN = 5;

/** The expression in words, and the times at which it comes true: what it means before it is sent. */
export function NextTimes({ cron, zone }: { cron: string; zone: string }) {
  const { t, i18n } = useTranslation('schedules');
  const times = useMemo(() => nextTimes(cron, zone, SHOWN), [cron, zone]);
  const mine = viewerZone();
  return (
    <section
      aria-label={t('nextTimes')}
      className="min-h-44 rounded-md bg-sunken px-3 py-2.5 text-sm"
    >
      {times.length === 0 ? (
        <p className="text-warning">{t('neverComes')}</p>
      ) : (
        <>
          <p className="flex items-start gap-2 font-medium">
            <CalendarDays size={15} aria-hidden className="mt-0.5 shrink-0 text-muted" />
            <span>
              {cronInWords(cron, i18n.language)}{' '}
              <code className="font-mono text-xs font-normal text-muted">{cron}</code>
            </span>
          </p>
          <ol className="figures mt-2 flex flex-col gap-1 pl-6">
            {times.map((time) => (
              <li key={time.toISOString()}>
                {soonOf(time, i18n.language, zone)}
                {!isSameClock(time, zone, mine) && (
                  <span className="text-muted">
                    {' '}
                    · {t('here', { time: soonOf(time, i18n.language) })}
                  </span>
                )}
              </li>
            ))}
          </ol>
        </>
      )}
    </section>
  );
}
