import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Field } from '@/components/Field';
import { Segmented } from '@/components/Segmented';
import { TextInput } from '@/components/TextInput';
import { localDay } from '@/lib/days';
import { customProblem, type Span } from '@/lib/period';
import { PERIODS, type PeriodName } from '@/lib/period-names';

interface PeriodPickerProps {
  period: PeriodName;
  span: Span;
  onChange: (period: PeriodName, span?: Span) => void;
}

/** Which days are looked at, in the viewer's zone. */
export function PeriodPicker({ period, span, onChange }: PeriodPickerProps) {
  const { t } = useTranslation('usage');
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <div className="max-w-full overflow-x-auto [scrollbar-width:none] sm:self-start">
        <Segmented
          label={t('period.label')}
          value={period}
          options={PERIODS.map((value) => ({ value, label: t(`period.${value}`) }))}
          onChange={(next) => onChange(next, next === 'custom' ? span : undefined)}
        />
      </div>
      {period === 'custom' && (
        <CustomSpan span={span} onChange={(own) => onChange('custom', own)} />
      )}
    </div>
  );
}

interface CustomSpanProps {
  span: Span;
  onChange: (span: Span) => void;
}

/** Two days; they are taken as soon as they can be meant. */
function CustomSpan({ span, onChange }: CustomSpanProps) {
  const { t } = useTranslation('usage');
  const [draft, setDraft] = useState(span);
  const today = localDay();
  const problem = customProblem(draft, today);
  const change = (part: Partial<Span>) => {
    const next = { ...draft, ...part };
    setDraft(next);
    if (customProblem(next, today) === null) {
      onChange(next);
    }
  };
  return (
    <div className="flex flex-wrap items-start gap-3">
      {(['from', 'to'] as const).map((side) => (
        <Field
          key={side}
          label={t(`period.${side}`)}
          error={side === 'to' && problem ? t(`period.problem.${problem}`) : undefined}
        >
          {(aria) => (
            <TextInput
              {...aria}
              type="date"
              className="w-44"
              max={today}
              value={draft[side]}
              onChange={(event) => change({ [side]: event.target.value })}
            />
          )}
        </Field>
      ))}
    </div>
  );
}
