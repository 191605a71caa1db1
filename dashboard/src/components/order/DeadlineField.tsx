import { useTranslation } from 'react-i18next';
import type { PipelineView } from '@/api/schema';
import { Field } from '@/components/Field';
import { TextInput } from '@/components/TextInput';
import { durationOf } from '@/lib/time';

const MOST_MINUTES = 43_200;

interface DeadlineFieldProps {
  /** Minutes as they are typed; empty: as the pipeline has it. */
  value: string;
  onChange: (minutes: string) => void;
  pipeline: PipelineView | undefined;
  error: string | undefined;
}

/** How long a run may take. */
export function DeadlineField({ value, onChange, pipeline, error }: DeadlineFieldProps) {
  const { t } = useTranslation();
  const ofPipeline = pipeline?.deadline_s;
  return (
    <Field
      isOptional
      label={t('order.deadline')}
      hint={
        ofPipeline
          ? t('order.deadlineOfPipeline', { duration: durationOf(ofPipeline) })
          : t('order.deadlineHint')
      }
      error={error}
    >
      {(aria) => (
        <TextInput
          {...aria}
          type="number"
          inputMode="decimal"
          min={1}
          max={MOST_MINUTES}
          step="any"
          placeholder={t('order.deadlinePlaceholder')}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}
