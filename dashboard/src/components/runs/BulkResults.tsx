import { Link } from '@tanstack/react-router';
import { CircleCheck, CircleDashed, CircleX } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { BulkAction, BulkOutcome } from '@/api/bulk-runs';
import type { RunSummary } from '@/api/schema';
import { useErrorSentence } from '@/components/ErrorState';

interface BulkResultsProps {
  action: BulkAction;
  runs: readonly RunSummary[];
  outcomes: ReadonlyMap<string, BulkOutcome>;
  isBusy: boolean;
}

/** How it went with each run, what failed first. */
export function BulkResults({ action, runs, outcomes, isBusy }: BulkResultsProps) {
  const { t } = useTranslation('runs');
  const well = runs.filter((run) => outcomes.get(run.run_id)?.ok === true).length;
  const failed = runs.filter((run) => outcomes.get(run.run_id)?.ok === false).length;
  const shown = isBusy
    ? runs
    : runs.toSorted((one, other) => rank(outcomes, one) - rank(outcomes, other));
  return (
    <div className="flex flex-col gap-3">
      <p role="status" className="figures font-medium">
        {isBusy
          ? t('progress', { done: well + failed, count: runs.length })
          : t(`${action}.result`, { well, failed })}
      </p>
      <progress
        aria-label={t(`${action}.confirm`)}
        max={runs.length}
        value={well + failed}
        className="h-1.5 w-full overflow-hidden rounded-full bg-sunken [&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:bg-accent-strong"
      />
      <ul className="flex flex-col">
        {shown.map((run) => (
          <Result key={run.run_id} run={run} outcome={outcomes.get(run.run_id)} />
        ))}
      </ul>
    </div>
  );
}

function Result({ run, outcome }: { run: RunSummary; outcome: BulkOutcome | undefined }) {
  const { t } = useTranslation('runs');
  const sentence = useErrorSentence();
  const [Icon, colour] =
    outcome === undefined
      ? ([CircleDashed, 'text-muted'] as const)
      : outcome.ok
        ? ([CircleCheck, 'text-success'] as const)
        : ([CircleX, 'text-danger'] as const);
  return (
    <li className="flex items-start gap-3 border-b py-2 last:border-b-0">
      <Icon size={16} aria-hidden className={`mt-1 shrink-0 ${colour}`} />
      <div className="min-w-0 flex-1">
        <p className="truncate">{run.topic}</p>
        {outcome?.ok === false && <p className="text-sm text-danger">{sentence(outcome.error)}</p>}
      </div>
      {outcome?.ok && outcome.value.newRunId !== null && (
        <Link
          to="/runs/$runId"
          params={{ runId: outcome.value.newRunId }}
          className="shrink-0 text-sm text-accent underline-offset-2 hover:underline"
        >
          {t('openNew')}
        </Link>
      )}
      <span className="sr-only">{t(outcomeWord(outcome))}</span>
    </li>
  );
}

function outcomeWord(outcome: BulkOutcome | undefined): 'underWay' | 'wentWell' | 'wentWrong' {
  if (outcome === undefined) {
    return 'underWay';
  }
  return outcome.ok ? 'wentWell' : 'wentWrong';
}

function rank(outcomes: ReadonlyMap<string, BulkOutcome>, run: RunSummary): number {
  return outcomes.get(run.run_id)?.ok === false ? 0 : 1;
}
