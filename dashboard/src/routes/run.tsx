import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useRunEvents } from '@/api/run-events';
import { isOver, useRun } from '@/api/runs';
import { Card } from '@/components/Card';
import { ErrorState } from '@/components/ErrorState';
import { PageHeader } from '@/components/PageHeader';
import { APPROVAL_ID, ApprovalPanel } from '@/components/run/ApprovalPanel';
import { Family } from '@/components/run/Family';
import { LiveState } from '@/components/run/LiveState';
import { Outcome } from '@/components/run/Outcome';
import { RunActions, type RunDialog } from '@/components/run/RunActions';
import { RunDialogs } from '@/components/run/RunDialogs';
import { RunFacts } from '@/components/run/RunFacts';
import { RunSkeleton } from '@/components/run/RunSkeleton';
import { RunTabs } from '@/components/run/RunTabs';
import { WhyWaiting } from '@/components/run/WhyWaiting';
import { RunFlags, RunStatusBadge } from '@/components/StatusBadge';
import { toast } from '@/lib/toasts';
import type { RunTab } from './run.search';

const route = getRouteApi('/runs/$runId');

export default function Run() {
  const { runId } = route.useParams();
  // Another run is another page: nothing of the one before stays.
  return <RunPage key={runId} runId={runId} />;
}

function RunPage({ runId }: { runId: string }) {
  const { t } = useTranslation('run');
  const { tab, step } = route.useSearch();
  const navigate = route.useNavigate();
  const { feed, state } = useRunEvents(runId);
  const isLive = state === 'live' || state === 'ended';
  const { data: run, error, refetch, isFetching } = useRun(runId, { isLive });
  const [dialog, setDialog] = useState<RunDialog | null>(null);

  if (run === undefined) {
    return error === null ? (
      <RunSkeleton />
    ) : (
      <>
        <PageHeader title={t('title')} />
        <Card>
          <ErrorState error={error} onRetry={refetch} isRetrying={isFetching} />
        </Card>
      </>
    );
  }
  const over = isOver(run.status);
  const show = (next: { tab?: RunTab; step?: string }) =>
    navigate({ search: next, replace: true, resetScroll: false });
  const goTo = (madeId: string) => {
    setDialog(null);
    toast('success', t('made'));
    void navigate({ to: '/runs/$runId', params: { runId: madeId }, search: {} });
  };
  return (
    <div className="max-md:pb-14">
      <PageHeader
        title={run.topic}
        badge={
          <>
            <RunStatusBadge status={run.status} />
            <RunFlags run={run} />
            {!over && <LiveState state={state} />}
          </>
        }
        actions={<RunActions run={run} onOpen={setDialog} onDecide={showApproval} />}
      />
      <div className="flex flex-col gap-4">
        <Outcome run={run} />
        {!over && run.waiting_for.length > 0 && (
          <WhyWaiting reasons={run.waiting_for} pause={run.pause} />
        )}
        <ApprovalPanel run={run} />
        <RunFacts run={run} />
        <RunTabs
          run={run}
          feed={feed}
          isReading={state === 'connecting' || state === 'live'}
          tab={tab ?? 'timeline'}
          step={step}
          onShow={show}
          onRerun={(from) => setDialog({ kind: 'rerun', step: from })}
        />
        <Family run={run} />
      </div>
      <RunDialogs
        run={run}
        events={feed.recorded}
        open={dialog}
        onClose={() => setDialog(null)}
        onMade={goTo}
      />
    </div>
  );
}

function showApproval() {
  const panel = document.getElementById(APPROVAL_ID);
  panel?.scrollIntoView();
  panel?.focus({ preventScroll: true });
}
