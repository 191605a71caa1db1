import { RotateCcw } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '@/api/me';
import type { RunDetail, StepView } from '@/api/schema';
import { Rounds } from '@/components/approvals/Rounds';
import { Button } from '@/components/Button';
import { useStepName } from '@/components/step-names';
import { TimeAgo } from '@/components/TimeAgo';
import type { Span } from '@/lib/step-spans';
import { Attempts } from './Attempts';
import { Instances } from './Instances';
import { StepOutput } from './StepOutput';

interface StepDetailsProps {
  id: string;
  run: RunDetail;
  step: StepView;
  spans: readonly Span[];
  onRerun: (() => void) | undefined;
}

/** All about one step: what it needs, its attempts and instances, what it made. */
export function StepDetails({ id, run, step, spans, onRerun }: StepDetailsProps) {
  const { t } = useTranslation('run');
  const nameOf = useStepName();
  const mayRun = useMay('run');
  const rounds = run.approvals.filter((each) => each.step === step.step);
  return (
    <div id={id} className="flex flex-col gap-5 border-t bg-background px-4 py-4">
      <dl className="flex flex-wrap gap-x-8 gap-y-2 text-sm">
        <Item label={t('name')}>
          <code className="font-mono text-xs">{step.step}</code>
        </Item>
        <Item label={t('agent')}>
          <code className="font-mono text-xs">{`${step.agent} · ${step.task}`}</code>
        </Item>
        <Item label={t('needs')}>
          {step.needs.length > 0 ? step.needs.map(nameOf).join(', ') : t('needsNothing')}
        </Item>
        {step.requested_at && (
          <Item label={t('requested')}>
            <TimeAgo at={step.requested_at} />
          </Item>
        )}
      </dl>
      {step.reused && <Note>{t('reusedHint')}</Note>}
      {step.status === 'skipped' && (
        <Note>{t('skippedBecause', { reason: step.skip_reason || t('noReason') })}</Note>
      )}
      {step.status === 'waiting' && step.attempt === 0 && <Note>{t('notBegun')}</Note>}
      {rounds.length > 0 && <Rounds title={t('title', { ns: 'approvals' })} rounds={rounds} />}
      {step.instances ? (
        <Instances runId={run.run_id} step={step} />
      ) : (
        step.attempts.length > 0 && <Attempts attempts={step.attempts} spans={spans} />
      )}
      {step.output_kind !== null && <StepOutput runId={run.run_id} step={step} />}
      {onRerun && (
        <div>
          <Button size="small" icon={RotateCcw} disabled={!mayRun} onClick={onRerun}>
            {t('rerunFromHere')}
          </Button>
          {!mayRun && <p className="mt-1.5 text-xs text-muted">{t('mayNotRun')}</p>}
        </div>
      )}
    </div>
  );
}

function Item({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-xs text-muted">{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Note({ children }: { children: ReactNode }) {
  return <p className="text-sm text-muted">{children}</p>;
}
