import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isOver } from '@/api/runs';
import type { RunDetail } from '@/api/schema';
import { Card } from '@/components/Card';
import { Progress } from '@/components/run/Progress';
import { useStepName } from '@/components/step-names';
import { classes } from '@/lib/classes';
import { type LivePlace, placed } from '@/lib/live-places';
import type { RunFeed } from '@/lib/run-feed';
import { readable } from '@/lib/streamed-text';

const SHOWN = 3;

/**
 * What is being made this moment: the words of a model as it writes them, and how far the render is.
 * It is as high however much there is to tell, and each step keeps its place: nothing moves.
 */
export function LiveNow({ run, feed }: { run: RunDetail; feed: RunFeed }) {
  const { t } = useTranslation('run');
  const [seen, setSeen] = useState(feed.activities);
  const [places, setPlaces] = useState(() => placed([], feed.activities, SHOWN));
  if (seen !== feed.activities) {
    setSeen(feed.activities);
    setPlaces(placed(places, feed.activities, SHOWN));
  }
  const isResting = run.paused || run.waiting_for.length > 0;
  const isIdle = places.every((place) => place.isOver);
  const shown = isIdle && (isOver(run.status) || isResting) ? [] : places;
  const more = Object.keys(feed.activities).length - SHOWN;
  const nothing = isOver(run.status) ? 'nowOver' : isResting ? 'nowResting' : 'nowNothing';
  return (
    <Card
      flush
      title={t('now')}
      action={
        more > 0 && (
          <span className="figures text-sm text-muted">{t('nowMore', { count: more })}</span>
        )
      }
    >
      <div className="flex h-44 divide-x divide-border overflow-x-auto">
        {shown.length === 0 && <p className="m-auto px-4 text-center text-muted">{t(nothing)}</p>}
        {shown.map((place) => (
          <Activity key={place.step} {...place} />
        ))}
      </div>
    </Card>
  );
}

function Activity({ step, activity, isOver: hasEnded }: LivePlace) {
  const { t } = useTranslation('run');
  const nameOf = useStepName();
  const [base = step, index] = step.split(':');
  const name = index === undefined ? nameOf(base) : `${nameOf(base)} #${Number(index) + 1}`;
  return (
    <section
      className={classes('flex min-w-64 flex-1 flex-col gap-2 p-4', hasEnded && 'text-muted')}
      aria-label={name}
    >
      <header className="flex items-baseline justify-between gap-3">
        <h3 className="font-medium">{name}</h3>
        <span className="figures truncate text-xs text-muted">
          {activity.attempt > 1 && `${t('attempt', { number: activity.attempt })} · `}
          {hasEnded ? t('nowEnded') : t('calls', { count: activity.calls })}
        </span>
      </header>
      {activity.text === '' ? (
        <p className="text-sm text-muted">
          {activity.fraction === null && !hasEnded && (activity.note || t('working'))}
        </p>
      ) : (
        <Writing
          label={t('writing', { step: name })}
          text={readable(activity.text)}
          hasEnded={hasEnded}
        />
      )}
      {activity.fraction !== null && !hasEnded && (
        <Progress label={name} fraction={activity.fraction} note={activity.note} />
      )}
    </section>
  );
}

/** The end of what is written stays in sight. */
function Writing({ label, text, hasEnded }: { label: string; text: string; hasEnded: boolean }) {
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
      {!hasEnded && (
        <span
          aria-hidden
          className="ml-0.5 inline-block h-3.5 w-0.5 animate-pulse bg-accent align-middle"
        />
      )}
    </div>
  );
}
