import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { RunDetail } from '@/api/schema';
import { CopyButton } from '@/components/CopyButton';
import { Duration } from '@/components/Duration';
import { Money } from '@/components/Money';
import { countOf, moneyOf } from '@/lib/money';
import { useNow } from '@/lib/now';
import { dateTimeOf, minuteOf, relativeTimeOf } from '@/lib/time';

/** The figures of a run at one glance, and the ids that logs and traces know it by. */
export function RunFacts({ run }: { run: RunDetail }) {
  const { t } = useTranslation('run');
  return (
    <section className="panel overflow-hidden" aria-label={t('facts')}>
      <dl className="grid grid-cols-2 gap-px bg-border sm:grid-cols-3 lg:grid-cols-6">
        <Fact label={t('started')} hint={<Clock at={run.created_at} />}>
          <Ago at={run.created_at} />
        </Fact>
        <Fact label={t('duration')} hint={run.deadline_at && <DeadlineHint at={run.deadline_at} />}>
          <Duration from={run.created_at} to={run.completed_at} />
        </Fact>
        <Fact label={t('cost')} hint={<CostHint run={run} />}>
          <Money usd={run.cost_usd} />
        </Fact>
        <Fact label={t('tokens')}>
          <span className="figures">{countOf(run.tokens)}</span>
        </Fact>
        <Fact label={t('channel')} hint={run.channel_id}>
          <Link
            to="/channels/$channelId"
            params={{ channelId: run.channel_id }}
            className="hover:underline"
          >
            {run.brand_name || run.channel_id}
          </Link>
        </Fact>
        <Fact label={t('pipeline')} hint={`${run.aspect} · ${run.language}`}>
          {run.pipeline}
        </Fact>
      </dl>
      <div className="flex flex-wrap items-center gap-x-6 gap-y-1 border-t px-4 py-1 text-sm text-muted">
        <Id label={t('runId')} id={run.run_id} />
        {run.trace_id && <Id label={t('traceId')} id={run.trace_id} />}
        <span className="py-1.5">
          {t('requestedBy', { name: run.requested_by })}
          {run.priority !== 'normal' && ` · ${t(`priority.${run.priority}`)}`}
        </span>
      </div>
    </section>
  );
}

/** Keeps the place of the facts. */
export const FACTS_HEIGHT = 'h-[382px] sm:h-[208px] lg:h-[127px]';

interface FactProps {
  label: string;
  hint?: ReactNode;
  children: ReactNode;
}

function Fact({ label, hint, children }: FactProps) {
  return (
    <div className="flex min-w-0 flex-col bg-surface px-4 py-3">
      <dt className="text-xs text-muted">{label}</dt>
      <dd className="truncate text-lg font-semibold">{children}</dd>
      <dd className="figures h-4 truncate text-xs text-muted">{hint}</dd>
    </div>
  );
}

function Ago({ at }: { at: string }) {
  const { i18n } = useTranslation();
  const now = useNow(30_000);
  return <time dateTime={at}>{relativeTimeOf(at, i18n.language, now)}</time>;
}

function Clock({ at }: { at: string }) {
  const { i18n } = useTranslation();
  return <span title={dateTimeOf(at, i18n.language)}>{minuteOf(at, i18n.language)}</span>;
}

function DeadlineHint({ at }: { at: string }) {
  const { t, i18n } = useTranslation('run');
  return t('deadline', { at: dateTimeOf(at, i18n.language) });
}

function CostHint({ run }: { run: RunDetail }) {
  const { t } = useTranslation('run');
  if (run.unpriced_calls > 0) {
    return t('unpriced', { calls: countOf(run.unpriced_calls) });
  }
  return run.saved_calls > 0 && run.money_saved_usd !== null
    ? t('saved', { money: moneyOf(run.money_saved_usd) })
    : null;
}

function Id({ label, id }: { label: string; id: string }) {
  const { t } = useTranslation('run');
  return (
    <span className="flex min-w-0 items-center gap-1.5">
      <span className="shrink-0">{label}</span>
      <code className="truncate font-mono text-xs text-text" title={id}>
        {id}
      </code>
      <CopyButton text={id} label={t('copyOf', { what: label })} />
    </span>
  );
}
