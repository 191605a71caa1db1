import { Ban, CircleX } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ErrorView, RunDetail } from '@/api/schema';
import { useStepName } from '@/components/step-names';
import { Failure } from './Failure';

/** Why a run ended without a video. */
export function Outcome({ run }: { run: RunDetail }) {
  const { t } = useTranslation('run');
  if (run.status === 'cancelled') {
    return (
      <section
        className="panel flex items-start gap-3 px-4 py-3"
        aria-label={t('outcome.cancelled')}
      >
        <Ban size={18} aria-hidden className="mt-0.5 shrink-0 text-muted" />
        <div>
          <h2 className="font-medium">{t('outcome.cancelled')}</h2>
          <p className="text-sm text-muted">
            {run.cancel_reason
              ? t('outcome.reason', { reason: run.cancel_reason })
              : t('outcome.noReason')}
          </p>
        </div>
      </section>
    );
  }
  return run.status === 'failed' ? <Failed run={run} /> : null;
}

function Failed({ run }: { run: RunDetail }) {
  const { t } = useTranslation('run');
  const nameOf = useStepName();
  return (
    <section
      aria-label={t('outcome.failed')}
      className="rounded-lg border border-border bg-danger-soft px-4 py-3"
    >
      <h2 className="mb-2 flex items-center gap-2 text-sm font-semibold text-danger">
        <CircleX size={17} aria-hidden className="shrink-0" />
        {t('outcome.failed')}
      </h2>
      <ul className="flex flex-col gap-3">
        {lastErrors(run).map((error) => (
          <li key={error.step} className="flex flex-col gap-0.5">
            <p className="text-xs text-muted">
              {t('outcome.where', { step: nameOf(error.step), attempt: error.attempt })}
            </p>
            <Failure failure={error} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The last error of each step that failed, as the run ended with those. */
function lastErrors(run: RunDetail): ErrorView[] {
  const failed = new Set(
    run.steps.filter((step) => step.status === 'failed').map((step) => step.step),
  );
  const last = new Map<string, ErrorView>();
  for (const error of run.errors) {
    const known = last.get(error.step);
    const isOfFailed = failed.has(error.step.split(':')[0] ?? '') || failed.size === 0;
    if (isOfFailed && (known === undefined || error.attempt >= known.attempt)) {
      last.set(error.step, error);
    }
  }
  return [...last.values()].slice(0, 5);
}
