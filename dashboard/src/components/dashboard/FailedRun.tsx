import { Link, useNavigate } from '@tanstack/react-router';
import { RotateCw } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '@/api/me';
import { useRetryRun } from '@/api/run-steering';
import type { RunSummary } from '@/api/schema';
import { Button } from '@/components/Button';
import { ConfirmDialog } from '@/components/ConfirmDialog';
import { TimeAgo } from '@/components/TimeAgo';

/** A run that failed, and the way to go on with it. */
export function FailedRun({ run }: { run: RunSummary }) {
  const { t } = useTranslation('dashboard');
  const navigate = useNavigate();
  const retry = useRetryRun();
  const mayRun = useMay('run');
  const [isAsked, setIsAsked] = useState(false);

  const confirm = () =>
    retry.mutate(
      { runId: run.run_id },
      {
        onSuccess: ({ run_id }) => navigate({ to: '/runs/$runId', params: { runId: run_id } }),
      },
    );
  return (
    <li className="flex items-center gap-2 border-l-2 border-l-danger pr-3">
      <Link
        to="/runs/$runId"
        params={{ runId: run.run_id }}
        className="min-w-0 flex-1 py-3 pl-4 -outline-offset-2"
      >
        <span className="block truncate font-medium">{run.topic}</span>
        <span className="block truncate text-sm text-muted">
          <span className="text-danger">{t('failed')}</span>
          {' · '}
          <TimeAgo at={run.completed_at ?? run.updated_at} />
          {run.simulated && ` · ${t('runFlag.simulated', { ns: 'common' })}`}
        </span>
      </Link>
      <Button
        size="small"
        icon={RotateCw}
        disabled={!mayRun}
        aria-label={t('retryOf', { topic: run.topic })}
        onClick={() => {
          retry.reset();
          setIsAsked(true);
        }}
      >
        {t('retry')}
      </Button>
      <ConfirmDialog
        isOpen={isAsked}
        onClose={() => setIsAsked(false)}
        onConfirm={confirm}
        title={t('retryTitle')}
        confirmLabel={t('retryConfirm')}
        busy={retry.isPending}
        error={retry.error}
      >
        {t('retryHint', { topic: run.topic })}
      </ConfirmDialog>
    </li>
  );
}
