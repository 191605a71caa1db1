import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { isOver } from '@/api/runs';
import type { RunDetail } from '@/api/schema';
import { Card } from '@/components/Card';
import { useNow } from '@/lib/now';
import type { RunFeed } from '@/lib/run-feed';
import { SPAN_KINDS, SpanLegend } from './SpanBar';
import { StepRow } from './StepRow';

interface StepTimelineProps {
  run: RunDetail;
  feed: RunFeed;
  /** The step whose details are open. */
  open: string | undefined;
  onOpen: (step: string | undefined) => void;
  onRerun: (step: string) => void;
}

/** Every step of a run: how it stands, when it did what, and what that cost. */
export function StepTimeline({ run, feed, open, onOpen, onRerun }: StepTimelineProps) {
  const { t } = useTranslation('run');
  const over = isOver(run.status);
  const now = useNow(over ? 0 : 1000);
  const from = Date.parse(run.created_at);
  const to = run.completed_at === null ? now : Date.parse(run.completed_at);

  useEffect(() => {
    if (open !== undefined) {
      document.getElementById(rowId(open))?.scrollIntoView({ block: 'nearest' });
    }
  }, [open]);

  return (
    <Card flush title={t('steps')} action={<SpanLegend kinds={SPAN_KINDS} />}>
      <ol aria-label={t('steps')}>
        {run.steps.map((step) => (
          <StepRow
            key={step.step}
            id={rowId(step.step)}
            run={run}
            step={step}
            activity={feed.activities[step.step]}
            scale={{ from, to, now }}
            isOpen={open === step.step}
            onToggle={() => onOpen(open === step.step ? undefined : step.step)}
            onRerun={over ? () => onRerun(step.step) : undefined}
          />
        ))}
      </ol>
    </Card>
  );
}

function rowId(step: string): string {
  return `step-${step}`;
}
