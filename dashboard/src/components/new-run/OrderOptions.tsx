import { useTranslation } from 'react-i18next';
import { orderProblem } from '@/api/order-problems';
import type { ChannelView, PipelineView, Priority } from '@/api/schema';
import { Card } from '@/components/Card';
import { Field } from '@/components/Field';
import { Segmented } from '@/components/Segmented';
import { Select } from '@/components/Select';
import { Switch } from '@/components/Switch';
import { TextInput } from '@/components/TextInput';
import type { RunDraft } from '@/lib/run-draft';
import { durationOf } from '@/lib/time';

const LANGUAGES = ['ko', 'en', 'ja', 'zh', 'es', 'fr', 'de', 'pt', 'id', 'vi', 'th', 'hi'];
const PRIORITIES: readonly Priority[] = ['low', 'normal', 'high'];
const MOST_MINUTES = 43_200;

interface OrderOptionsProps {
  draft: RunDraft;
  onChange: (fields: Partial<RunDraft>) => void;
  channel: ChannelView | undefined;
  pipeline: PipelineView | undefined;
  problem: Error | null;
}

export function OrderOptions({ draft, onChange, channel, pipeline, problem }: OrderOptionsProps) {
  const { t, i18n } = useTranslation('new-run');
  const nameOf = (code: string) => languageName(code, i18n.language);
  const codes = new Set([...LANGUAGES, draft.language].filter((code) => code !== ''));
  const canReview = pipeline?.asks_a_person ?? true;
  const reviewProblem = orderProblem(problem, 'review');
  return (
    <Card title={t('options')}>
      <div className="flex flex-col gap-5">
        <Field label={t('language')} error={orderProblem(problem, 'language')}>
          {(aria) => (
            <Select
              {...aria}
              value={draft.language}
              onChange={(language) => onChange({ language })}
              options={[
                {
                  value: '',
                  label: channel
                    ? t('channelLanguage', { language: nameOf(channel.language) })
                    : t('anyLanguage'),
                },
                ...[...codes].map((code) => ({ value: code, label: nameOf(code) })),
              ]}
            />
          )}
        </Field>
        <Segmented
          hasLabel
          label={t('priority')}
          value={draft.priority}
          options={PRIORITIES.map((value) => ({ value, label: t(`priorities.${value}`) }))}
          onChange={(priority) => onChange({ priority })}
        />
        <Field
          isOptional
          label={t('deadline')}
          hint={
            pipeline?.deadline_s
              ? t('deadlineOfPipeline', { duration: durationOf(pipeline.deadline_s) })
              : t('deadlineHint')
          }
          error={orderProblem(problem, 'deadline_s')}
        >
          {(aria) => (
            <TextInput
              {...aria}
              type="number"
              inputMode="decimal"
              min={1}
              max={MOST_MINUTES}
              step="any"
              placeholder={t('deadlinePlaceholder')}
              value={draft.deadline_min}
              onChange={(event) => onChange({ deadline_min: event.target.value })}
            />
          )}
        </Field>
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

function languageName(code: string, language: string): string {
  try {
    return new Intl.DisplayNames(language, { type: 'language' }).of(code) ?? code;
  } catch {
    return code;
  }
}
