import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { isOver } from '@/api/runs';
import type { RunDetail } from '@/api/schema';
import { Card } from '@/components/Card';
import { Progress } from '@/components/run/Progress';
import { useStepName } from '@/components/step-names';
import type { RunFeed, StepActivity } from '@/lib/run-feed';
import { readable } from '@/lib/streamed-text';

const SHOWN = 3;

/**
 * What is being made this moment: the words of a model as it writes them, and how far the render is.
 * It is as high however much there is to tell, so that nothing below moves.
 */
export function LiveNow({ run, feed }: { run: RunDetail; feed: RunFeed }) {
  const { t } = useTranslation('run');
  const all = Object.entries(feed.activities);
  const working = all.slice(0, SHOWN);
  const isResting = run.paused || run.waiting_for.length > 0;
  const nothing = isOver(run.status) ? 'nowOver' : isResting ? 'nowResting' : 'nowNothing';
  return (
    <Card
      flush
      title={t('now')}
      action={
        all.length > SHOWN && (
          <span className="figures text-sm text-muted">
            {t('nowMore', { count: all.length - SHOWN })}
          </span>
        )
      }
    >
      <div className="flex h-44 divide-x divide-border overflow-x-auto">
        {working.length === 0 && <p className="m-auto px-4 text-center text-muted">{t(nothing)}</p>}
        {working.map(([step, activity]) => (
          <Activity key={step} step={step} activity={activity} />
        ))}
      </div>
    </Card>
  );
}

function Activity({ step, activity }: { step: string; activity: StepActivity }) {
  const { t } = useTranslation('run');
  const nameOf = useStepName();
  const [base = step, index] = step.split(':');
  const name = index === undefined ? nameOf(base) : `${nameOf(base)} #${Number(index) + 1}`;
  return (
    <section className="flex min-w-64 flex-1 flex-col gap-2 p-4" aria-label={name}>
      <header className="flex items-baseline justify-between gap-3">
        <h3 className="font-medium">{name}</h3>
        <span className="figures truncate text-xs text-muted">
          {activity.attempt > 1 && `${t('attempt', { number: activity.attempt })} · `}
          {t('calls', { count: activity.calls })}
        </span>
      </header>
      {activity.text === '' ? (
        <p className="text-sm text-muted">
          {activity.fraction === null && (activity.note || t('working'))}
        </p>
      ) : (
        <Writing label={t('writing', { step: name })} text={readable(activity.text)} />
      )}
      {activity.fraction !== null && (
        <Progress label={name} fraction={activity.fraction} note={activity.note} />
      )}
    </section>
  );
}

/** The end of what is written stays in sight. */
function Writing({ label, text }: { label: string; text: string }) {
  const box = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each word moves the end
  useEffect(() => {
    box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [text]);
  return (
    <div
      ref={box}
      role="log"
      aria-live="off"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
      tabIndex={0}
      className="min-h-0 flex-1 overflow-y-auto text-sm whitespace-pre-wrap text-muted"
    >
      {text}
      <span
        aria-hidden
        className="ml-0.5 inline-block h-3.5 w-0.5 animate-pulse bg-accent align-middle"
      />
    </div>
  );
}
