import { lazy, type ReactNode, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isOver, isWaitingForPerson } from '@/api/runs';
import type { RunDetail } from '@/api/schema';
import { Card } from '@/components/Card';
import { Loading, Skeleton } from '@/components/Skeleton';
import { Tabs } from '@/components/Tabs';
import type { RunFeed } from '@/lib/run-feed';
import { RUN_TABS, type RunTab } from '@/routes/run.search';
import { FindingsTab } from './FindingsTab';
import { ImagesTab } from './ImagesTab';
import { LiveNow } from './LiveNow';
import { ScriptTab } from './ScriptTab';
import { SeoTab } from './SeoTab';
import { StepGraph } from './StepGraph';
import { StepTimeline } from './StepTimeline';
import { VideoTab } from './VideoTab';

const EventsTab = lazy(() =>
  import('./EventsTab').then((module) => ({ default: module.EventsTab })),
);
const CostTab = lazy(() => import('./CostTab').then((module) => ({ default: module.CostTab })));

interface RunTabsProps {
  run: RunDetail;
  feed: RunFeed;
  /** Events of the log may still come. */
  isReading: boolean;
  tab: RunTab;
  step: string | undefined;
  onShow: (next: { tab?: RunTab; step?: string }) => void;
  onRerun: (step: string) => void;
}

export function RunTabs(props: RunTabsProps) {
  const { run, feed, tab, onShow, isReading } = props;
  const { t } = useTranslation('run');
  const over = isOver(run.status);
  const result = run.result;
  const contents: Record<RunTab, () => ReactNode> = {
    timeline: () => <Timeline {...props} />,
    script: () => <ScriptTab script={result?.script} images={result?.images ?? []} isOver={over} />,
    seo: () => <SeoTab seo={result?.seo} isOver={over} />,
    images: () => <ImagesTab result={result} aspect={run.aspect} isOver={over} />,
    video: () => <VideoTab run={run} isOver={over} />,
    findings: () => <FindingsTab findings={result?.findings} isOver={over} />,
    events: () => <EventsTab events={feed.recorded} isLoading={isReading} />,
    cost: () => <CostTab run={run} isOver={over} />,
  };
  return (
    <Tabs
      label={t('tabs')}
      value={tab}
      onChange={(next) => onShow(next === 'timeline' ? {} : { tab: next })}
      tabs={RUN_TABS.map((value) => ({
        value,
        label: t(`tab.${value}`),
        content: value === tab && (
          <Suspense fallback={<TabSkeleton />}>{contents[value]()}</Suspense>
        ),
      }))}
    />
  );
}

function Timeline({ run, feed, step, onShow, onRerun }: RunTabsProps) {
  const { t } = useTranslation('run');
  const isResting = isWaitingForPerson(run) && Object.keys(feed.activities).length === 0;
  const isAtWork = !isOver(run.status) && !isResting;
  // What was shown stays to the end of the run: what is below would move.
  const [isShown, setIsShown] = useState(isAtWork);
  if (isAtWork && !isShown) {
    setIsShown(true);
  }
  const open = (next: string | undefined) => onShow(next === undefined ? {} : { step: next });
  return (
    <div className="flex flex-col gap-4">
      <Card flush title={t('graph')}>
        <StepGraph steps={run.steps} selected={step} onSelect={open} />
      </Card>
      {isShown && <LiveNow run={run} feed={feed} />}
      <StepTimeline run={run} feed={feed} open={step} onOpen={open} onRerun={onRerun} />
    </div>
  );
}

function TabSkeleton() {
  return (
    <Loading>
      <Skeleton className="h-96 rounded-lg" />
    </Loading>
  );
}
