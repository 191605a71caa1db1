import { useTranslation } from 'react-i18next';
import { FIELD_OF_ORDER } from '@/api/order-problems';
import type { ChannelView, PipelineView, Priority } from '@/api/schema';
import { Card } from '@/components/Card';
import { useFieldProblem } from '@/components/field-problem';
import { DeadlineField } from '@/components/order/DeadlineField';
import { LanguageField } from '@/components/order/LanguageField';
import { Segmented } from '@/components/Segmented';
import { Switch } from '@/components/Switch';
import type { RunDraft } from '@/lib/run-draft';

const PRIORITIES: readonly Priority[] = ['low', 'normal', 'high'];

interface OrderOptionsProps {
  draft: RunDraft;
  onChange: (fields: Partial<RunDraft>) => void;
  channel: ChannelView | undefined;
  pipeline: PipelineView | undefined;
  problem: Error | null;
}

export function OrderOptions({ draft, onChange, channel, pipeline, problem }: OrderOptionsProps) {
  const { t } = useTranslation('new-run');
  const fieldProblem = useFieldProblem();
  const problemAt = (field: string) => fieldProblem(problem, field, FIELD_OF_ORDER);
  const canReview = pipeline?.asks_a_person ?? true;
  const reviewProblem = problemAt('review');
  return (
    <Card title={t('options')}>
      <div className="flex flex-col gap-5">
        <LanguageField
          value={draft.language}
          onChange={(language) => onChange({ language })}
          channel={channel}
          error={problemAt('language')}
        />
        <Segmented
          hasLabel
          label={t('priority')}
          value={draft.priority}
          options={PRIORITIES.map((value) => ({ value, label: t(`priorities.${value}`) }))}
          onChange={(priority) => onChange({ priority })}
        />
        <DeadlineField
          value={draft.deadline_min}
          onChange={(deadline_min) => onChange({ deadline_min })}
          pipeline={pipeline}
          error={problemAt('deadline_s')}
        />
        <div className="flex flex-col gap-1.5">
          <Switch
            label={t('review')}
            hint={canReview ? t('reviewHint') : t('nobodyAsked')}
            isOn={draft.review && canReview}
            disabled={!canReview}
            onChange={(review) => onChange({ review })}
          />
          {reviewProblem && (
            <p role="alert" className="text-sm text-danger">
              {reviewProblem}
            </p>
          )}
        </div>
        <Switch
          label={t('dryRun')}
          hint={t('dryRunHint')}
          isOn={draft.dry_run}
          onChange={(dry_run) => onChange({ dry_run })}
        />
      </div>
    </Card>
  );
}
