import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useApprovals } from '@/api/approvals';
import { useMay } from '@/api/me';
import { ApprovalDetail } from '@/components/approvals/ApprovalDetail';
import { ApprovalList, isAsked, type Looked } from '@/components/approvals/ApprovalList';
import { ChannelFilter } from '@/components/approvals/ChannelFilter';
import { NothingAsked } from '@/components/approvals/NothingAsked';
import { useDecision } from '@/components/approvals/use-decision';
import { Chips } from '@/components/Chips';
import { ErrorState } from '@/components/ErrorState';
import { LoadMore } from '@/components/LoadMore';
import { PageHeader } from '@/components/PageHeader';
import { ScopeNotice } from '@/components/ScopeNotice';
import { SkeletonRows } from '@/components/Skeleton';
import { Tabs } from '@/components/Tabs';
import { classes } from '@/lib/classes';
import { useIsWide } from '@/lib/media';
import { present } from '@/lib/search';
import { OUTCOMES, type Standing } from './approvals.search';

const FROM = '/approvals';
const SKELETONS = 4;

export default function Approvals() {
  const { t } = useTranslation('approvals');
  const may = useMay('approve');
  const { status = 'waiting', channel_id, ...chosen } = useSearch({ from: FROM });
  const navigate = useNavigate({ from: FROM });
  const go = (to: { status?: Standing; channel_id?: string | undefined }) =>
    void navigate({ search: present({ channel_id, ...to }) });
  const isChosen = chosen.run_id !== undefined && chosen.step !== undefined;
  const pane = <Pane key={status} standing={status} />;
  const isWide = useIsWide();
  if (isChosen && !isWide) {
    return (
      <>
        <div className="sr-only">
          <PageHeader title={t('title')} />
        </div>
        {pane}
      </>
    );
  }
  return (
    <>
      <PageHeader
        title={t('title')}
        actions={
          <ChannelFilter value={channel_id} onChange={(id) => go({ status, channel_id: id })} />
        }
      />
      {!may && <ScopeNotice scope="approve" />}
      <Tabs
        label={t('title')}
        value={status === 'waiting' ? 'waiting' : 'decided'}
        onChange={(next) => go({ status: next })}
        tabs={[
          { value: 'waiting', label: t('queue'), content: pane },
          {
            value: 'decided',
            label: t('history'),
            content: (
              <div className="flex flex-col gap-4">
                <Chips
                  label={t('outcome')}
                  all={t('anyOutcome')}
                  value={OUTCOMES.find((each) => each === status)}
                  options={OUTCOMES.map((value) => ({ value, label: t(`answer.${value}`) }))}
                  onChange={(outcome) => go({ status: outcome ?? 'decided' })}
                />
                {pane}
              </div>
            ),
          },
        ]}
      />
    </>
  );
}

/** The list and, beside it, what is looked at; one after the other on a phone. */
function Pane({ standing }: { standing: Standing }) {
  const search = useSearch({ from: FROM });
  const deciding = useDecision();
  const navigate = useNavigate({ from: FROM });
  const list = useApprovals(present({ status: standing, channel_id: search.channel_id }));
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  const isChosen = search.run_id !== undefined && search.step !== undefined;
  const chosen: Looked = {
    run_id: search.run_id ?? '',
    step: search.step ?? '',
    round: search.round,
  };
  // What is being decided on stays in sight, though it may have left the queue.
  const looked: Looked | undefined = isChosen
    ? chosen
    : (deciding.seen ?? deciding.late ?? items[0]);

  if (list.data === undefined && !isChosen) {
    return (
      <div className="panel">
        {list.error === null ? (
          <SkeletonRows rows={SKELETONS} className="h-16" />
        ) : (
          <ErrorState error={list.error} onRetry={list.refetch} isRetrying={list.isFetching} />
        )}
      </div>
    );
  }
  if (looked === undefined) {
    const isOneOutcome = standing !== 'waiting' && standing !== 'decided';
    return (
      <NothingAsked
        isQueue={standing === 'waiting'}
        isFiltered={isOneOutcome || search.channel_id !== undefined}
      />
    );
  }
  return (
    <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,22rem)_minmax(0,1fr)]">
      <div className={classes('panel overflow-hidden', isChosen && 'max-lg:hidden')}>
        <ApprovalList items={items} looked={looked} />
        <LoadMore
          hasMore={list.hasNextPage}
          busy={list.isFetchingNextPage}
          onMore={() => void list.fetchNextPage()}
        />
      </div>
      <div className={classes(!isChosen && 'max-lg:hidden')}>
        <ApprovalDetail
          key={`${looked.run_id} ${looked.step} ${looked.round}`}
          runId={looked.run_id}
          step={looked.step}
          round={standing === 'waiting' ? undefined : looked.round}
          listed={items.find((item) => isAsked(item, looked))}
          listedAt={list.dataUpdatedAt}
          deciding={deciding}
          onBack={() =>
            void navigate({
              search: present({ status: search.status, channel_id: search.channel_id }),
            })
          }
        />
      </div>
    </div>
  );
}
