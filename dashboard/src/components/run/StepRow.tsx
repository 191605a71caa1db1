import { ChevronDown, Recycle } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { RunDetail, StepView } from '@/api/schema';
import { Badge } from '@/components/Badge';
import { Money } from '@/components/Money';
import { StepStatusBadge } from '@/components/StatusBadge';
import { useStepName } from '@/components/step-names';
import { classes } from '@/lib/classes';
import { countOf } from '@/lib/money';
import type { StepActivity } from '@/lib/run-feed';
import { msOf, type Span, spansOf } from '@/lib/step-spans';
import { durationOf } from '@/lib/time';
import { SpanBar } from './SpanBar';
import { StepDetails } from './StepDetails';

interface StepRowProps {
  id: string;
  run: RunDetail;
  step: StepView;
  activity: StepActivity | undefined;
  scale: { from: number; to: number; now: number };
  isOpen: boolean;
  onToggle: () => void;
  onRerun: (() => void) | undefined;
}

export function StepRow(props: StepRowProps) {
  const { id, run, step, activity, scale, isOpen, onToggle, onRerun } = props;
  const nameOf = useStepName();
  const isQueued = run.waiting_for.some(
    (each) => each.step === step.step && (each.kind === 'busy' || each.kind === 'no_worker'),
  );
  const spans = spansOf({
    step,
    approvals: run.approvals,
    startedAt: activity?.startedAt ?? null,
    isQueued,
    now: scale.now,
  });
  return (
    <li id={id} className="scroll-mt-20 scroll-mb-32 border-b last:border-b-0">
      <button
        type="button"
        aria-expanded={isOpen}
        aria-controls={`${id}-details`}
        onClick={onToggle}
        className="grid w-full grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-2 px-4 py-3 text-left -outline-offset-2 hover:bg-hover lg:grid-cols-[minmax(0,11rem)_8.5rem_minmax(0,1fr)_8.5rem_6.5rem_1rem]"
      >
        <span className="min-w-0">
          <span className="block truncate font-medium">{nameOf(step.step)}</span>
          <span className="block truncate text-xs text-muted">
            {step.agent}
            {step.task !== step.step && ` · ${step.task}`}
          </span>
        </span>
        <span className="justify-self-start max-lg:justify-self-end">
          <Standing step={step} />
        </span>
        <span className="max-lg:col-span-2">
          <SpanBar spans={spans} from={scale.from} to={scale.to} />
        </span>
        <Times spans={spans} step={step} />
        <span className="figures text-right text-sm">
          <Figures step={step} />
        </span>
        <ChevronDown
          size={16}
          aria-hidden
          className={classes(
            'text-muted transition-transform max-lg:hidden',
            isOpen && 'rotate-180',
          )}
        />
      </button>
      {isOpen && (
        <StepDetails id={`${id}-details`} run={run} step={step} spans={spans} onRerun={onRerun} />
      )}
    </li>
  );
}

/** Below it is shown as no time at all. */
const WORTH_SAYING_MS = 100;

function Standing({ step }: { step: StepView }) {
  const { t } = useTranslation('run');
  return step.reused ? (
    <Badge tone="neutral" icon={Recycle}>
      {t('reused')}
    </Badge>
  ) : (
    <StepStatusBadge status={step.status} />
  );
}

function Times({ spans, step }: { spans: readonly Span[]; step: StepView }) {
  const { t } = useTranslation('run');
  const work = msOf(spans, 'run', 'failed', 'cancelled');
  const queue = msOf(spans, 'queue');
  return (
    <span className="figures text-sm lg:text-right">
      <span className="block font-medium">
        {work > 0 ? durationOf(work / 1000) : '–'}
        {step.attempt > 1 && (
          <span className="font-normal text-muted">
            {' '}
            · {t('attempts', { count: step.attempt })}
          </span>
        )}
        {step.instances && (
          <span className="font-normal text-muted">
            {' '}
            · {step.instances.completed}/{step.instances.count}
          </span>
        )}
      </span>
      <span className="block text-xs text-muted">
        {queue >= WORTH_SAYING_MS && t('queued', { time: durationOf(queue / 1000) })}
      </span>
    </span>
  );
}

function Figures({ step }: { step: StepView }) {
  const { t } = useTranslation('run');
  if (step.attempt === 0 || (step.cost_usd === null && step.tokens === 0)) {
    return <span className="text-muted">–</span>;
  }
  return (
    <>
      <span className="block font-medium">
        <Money usd={step.cost_usd} />
      </span>
      <span className="block text-xs text-muted">
        {step.tokens > 0 && t('tokenCount', { tokens: countOf(step.tokens) })}
      </span>
    </>
  );
}
