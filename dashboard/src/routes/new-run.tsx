import { getRouteApi, Link } from '@tanstack/react-router';
import { CalendarClock, Play, Tv } from 'lucide-react';
import { type FormEvent, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChannels } from '@/api/channels';
import { useMay, useMe } from '@/api/me';
import { isAboutField } from '@/api/order-problems';
import { usePipelines } from '@/api/pipelines';
import { usePlan } from '@/api/plan';
import { useStartRun } from '@/api/run-steering';
import type { ChannelView, PipelineView } from '@/api/schema';
import { Button, buttonClass } from '@/components/Button';
import { Card } from '@/components/Card';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState, InlineError } from '@/components/ErrorState';
import { OrderForm } from '@/components/new-run/OrderForm';
import { PlanCard } from '@/components/new-run/PlanCard';
import { useDraft } from '@/components/new-run/use-draft';
import { PageHeader } from '@/components/PageHeader';
import { ScopeNotice } from '@/components/ScopeNotice';
import { Loading, Skeleton } from '@/components/Skeleton';
import { useDebounced } from '@/lib/debounced';
import { orderOf, orderSearch } from '@/lib/run-draft';

const PAUSE_MS = 500;
const GRID = 'grid items-start gap-6 xl:grid-cols-[22rem_minmax(0,1fr)]';

const route = getRouteApi('/new');

export default function NewRun() {
  const { t } = useTranslation('new-run');
  const channels = useChannels();
  const pipelines = usePipelines();
  const failed = [channels, pipelines].find((each) => each.error && each.data === undefined);
  return (
    <>
      <PageHeader title={t('title')} description={t('description')} />
      {failed?.error ? (
        <Card>
          <ErrorState
            error={failed.error}
            onRetry={failed.refetch}
            isRetrying={failed.isFetching}
          />
        </Card>
      ) : channels.data?.length === 0 ? (
        <NoChannel />
      ) : channels.data && pipelines.data ? (
        <Order channels={channels.data} pipelines={pipelines.data} />
      ) : (
        <Loading className={GRID}>
          <Skeleton className="h-[990px] rounded-lg" />
          <Skeleton className="h-[745px] rounded-lg" />
        </Loading>
      )}
    </>
  );
}

/** Somebody has deleted them all, the first one too. */
function NoChannel() {
  const { t } = useTranslation('new-run');
  return (
    <Card>
      <EmptyState
        icon={Tv}
        title={t('noChannel')}
        hint={t('noChannelHint')}
        action={
          <Link to="/channels" className={buttonClass('primary')}>
            {t('manageChannels')}
          </Link>
        }
      />
    </Card>
  );
}

interface OrderProps {
  channels: readonly ChannelView[];
  pipelines: readonly PipelineView[];
}

function Order({ channels, pipelines }: OrderProps) {
  const { t } = useTranslation('new-run');
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const mayRun = useMay('run');
  const isKeyUnknown = useMe().isPending;
  const { draft: typed, change, forget } = useDraft(search);
  const topic = useRef<HTMLTextAreaElement>(null);
  const [isTopicMissing, setIsTopicMissing] = useState(false);
  const start = useStartRun();

  // What the address gave is in the draft now: a reload shall not bring it back over what is typed.
  const isGiven = Object.keys(search).length > 0;
  useEffect(() => {
    if (isGiven) {
      void navigate({ search: {}, replace: true });
    }
  }, [isGiven, navigate]);

  const draft = useMemo(() => {
    const pipeline = typed.pipeline || defaultPipeline(pipelines);
    const asks = pipelines.find((each) => each.pipeline === pipeline)?.asks_a_person ?? true;
    return {
      ...typed,
      pipeline,
      channel_id: typed.channel_id || defaultChannel(channels),
      review: typed.review && asks,
    };
  }, [typed, channels, pipelines]);
  // The same object for as long as nothing is changed, and with it the same Idempotency-Key.
  const order = useMemo(() => orderOf(draft), [draft]);
  const settled = useDebounced(order, PAUSE_MS);
  const asked = useMemo(
    () => ({ ...settled, topic: settled.topic || t('topicPlaceholder') }),
    [settled, t],
  );
  // A key that may not ask is not made to: a refusal calls for another key.
  const plan = usePlan(mayRun && !isKeyUnknown ? asked : null);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (order.topic === '') {
      setIsTopicMissing(true);
      topic.current?.focus();
      return;
    }
    start.mutate(order, {
      onSuccess: ({ run_id }) => {
        forget();
        void navigate({ to: '/runs/$runId', params: { runId: run_id } });
      },
    });
  };
  return (
    <form onSubmit={submit} noValidate className={GRID}>
      <OrderForm
        draft={draft}
        onChange={(fields) => {
          start.reset();
          setIsTopicMissing(false);
          change(fields);
        }}
        channels={channels}
        pipelines={pipelines}
        problem={start.error ?? plan.error}
        topicProblem={isTopicMissing ? t('topicMissing') : undefined}
        topicRef={topic}
      />
      <div className="min-w-0 xl:sticky xl:top-20">
        <PlanCard
          plan={plan.data}
          error={plan.error}
          onRetry={plan.refetch}
          isBehind={plan.isFetching || settled !== order}
          isDryRun={draft.dry_run}
          isBarred={!mayRun}
          actions={
            <div>
              {!mayRun && <ScopeNotice scope="run" />}
              <div className="flex flex-wrap items-center gap-2">
                <Button
                  type="submit"
                  look="primary"
                  icon={Play}
                  disabled={!mayRun}
                  busy={start.isPending || start.isSuccess}
                >
                  {draft.dry_run ? t('startDryRun') : t('start')}
                </Button>
                <Link to="/schedules" search={orderSearch(order)} className={buttonClass('ghost')}>
                  <CalendarClock size={16} aria-hidden />
                  {t('schedule')}
                </Link>
              </div>
              {start.error && !isAboutField(start.error) && <InlineError error={start.error} />}
            </div>
          }
        />
      </div>
    </form>
  );
}

function defaultChannel(channels: readonly ChannelView[]): string {
  const known = channels.find(({ channel_id }) => channel_id === 'demo') ?? channels[0];
  return known?.channel_id ?? '';
}

function defaultPipeline(pipelines: readonly PipelineView[]): string {
  const usable = pipelines.filter(({ error }) => error === '');
  return (usable.find(({ pipeline }) => pipeline === 'video') ?? usable[0])?.pipeline ?? '';
}
