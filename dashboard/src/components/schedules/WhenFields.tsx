import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Field } from '@/components/Field';
import { Segmented } from '@/components/Segmented';
import { Select } from '@/components/Select';
import { TextInput } from '@/components/TextInput';
import { cronOf } from '@/lib/cron';
import { zoneNames } from '@/lib/when';
import { viewerZone } from '@/lib/zone';
import { CadenceFields } from './CadenceFields';
import { NextTimes } from './NextTimes';
import type { FieldsProps } from './ScheduleForm';

const ON_MISSED = ['run_once', 'skip'] as const;

/** When it runs, by whose clock, and what becomes of times that are missed. */
export function WhenFields({ draft, onChange, errorAt }: FieldsProps) {
  const { t } = useTranslation('schedules');
  const zones = useMemo(
    () => zoneNames(viewerZone()).map((name) => ({ value: name, label: name })),
    [],
  );
  return (
    <fieldset className="flex min-w-0 flex-col gap-4">
      <legend className="mb-3 font-semibold">{t('when')}</legend>
      <Segmented
        label={t('when')}
        value={draft.isOnce ? 'once' : 'repeat'}
        options={[
          { value: 'repeat', label: t('repeat') },
          { value: 'once', label: t('once') },
        ]}
        onChange={(value) => onChange({ isOnce: value === 'once' })}
      />
      {draft.isOnce ? (
        <Field label={t('at')} error={errorAt('at')}>
          {(aria) => (
            <TextInput
              {...aria}
              type="datetime-local"
              required
              value={draft.at}
              onChange={(event) => onChange({ at: event.target.value })}
            />
          )}
        </Field>
      ) : (
        <CadenceFields
          cadence={draft.cadence}
          error={errorAt('cron')}
          onChange={(cadence) => onChange({ cadence })}
        />
      )}
      <Field label={t('zone')} error={errorAt('tz')}>
        {(aria) => (
          <Select {...aria} value={draft.tz} options={zones} onChange={(tz) => onChange({ tz })} />
        )}
      </Field>
      {!draft.isOnce && <NextTimes cron={cronOf(draft.cadence)} zone={draft.tz} />}
      <Field label={t('onMissed')} hint={t(`onMissedHint.${draft.onMissed}`)}>
        {(aria) => (
          <Select
            {...aria}
            value={draft.onMissed}
            options={ON_MISSED.map((value) => ({ value, label: t(`onMissedIs.${value}`) }))}
            onChange={(onMissed) => onChange({ onMissed })}
          />
        )}
      </Field>
    </fieldset>
  );
}
