import { useTranslation } from 'react-i18next';
import type { AttemptView, Incident } from '@/api/schema';
import { Badge } from '@/components/Badge';
import { StepStatusBadge } from '@/components/StatusBadge';
import { msOf, type Span } from '@/lib/step-spans';
import { clockOf, durationOf } from '@/lib/time';
import { Failure } from './Failure';

interface AttemptsProps {
  attempts: readonly AttemptView[];
  spans: readonly Span[];
}

/** Each try at a step: how long it waited and worked, what went wrong on the way. */
export function Attempts({ attempts, spans }: AttemptsProps) {
  const { t } = useTranslation('run');
  return (
    <section aria-label={t('attemptsTitle')}>
      <h3 className="mb-2 text-xs font-semibold text-muted">{t('attemptsTitle')}</h3>
      <ol className="flex flex-col gap-3">
        {attempts.map((attempt) => (
          <Attempt
            key={attempt.attempt}
            attempt={attempt}
            spans={spans.filter((span) => span.attempt === attempt.attempt)}
          />
        ))}
      </ol>
    </section>
  );
}

function Attempt({ attempt, spans }: { attempt: AttemptView; spans: readonly Span[] }) {
  const { t, i18n } = useTranslation('run');
  return (
    <li className="flex flex-col gap-2 border-l-2 border-border-strong pl-3">
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
        <span className="font-medium">{t('attempt', { number: attempt.attempt })}</span>
        <StepStatusBadge status={attempt.status} />
        <span className="figures text-muted">
          {attempt.requested_at && clockOf(attempt.requested_at, i18n.language)}
          {' · '}
          {t('waitedAndWorked', {
            queue: durationOf(msOf(spans, 'queue') / 1000),
            work: durationOf(msOf(spans, 'run', 'failed', 'cancelled') / 1000),
          })}
        </span>
      </p>
      {attempt.failure && <Failure failure={attempt.failure} />}
      {attempt.incidents.length > 0 && <Incidents incidents={attempt.incidents} />}
    </li>
  );
}

/** What went wrong with a provider on the way to an answer. */
function Incidents({ incidents }: { incidents: readonly Incident[] }) {
  const { t, i18n } = useTranslation('run');
  return (
    <ul aria-label={t('incidents')} className="flex flex-col gap-1.5 text-sm">
      {incidents.map((incident) => (
        <li
          key={`${incident.at}-${incident.kind}-${incident.model}`}
          className="flex flex-wrap items-center gap-x-2 gap-y-1"
        >
          <Badge tone="warning">{t(`incident.${incident.kind}`)}</Badge>
          <span className="figures text-muted">
            {clockOf(incident.at, i18n.language)} · {incident.provider} {incident.model}
          </span>
          <span className="text-muted">{incident.message}</span>
        </li>
      ))}
    </ul>
  );
}
