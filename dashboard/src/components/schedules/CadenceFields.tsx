import { useTranslation } from 'react-i18next';
import { Field } from '@/components/Field';
import { Select } from '@/components/Select';
import { TextInput } from '@/components/TextInput';
import { type Cadence, FREQUENCIES } from '@/lib/cron';
import { Weekdays } from './Weekdays';

interface CadenceFieldsProps {
  cadence: Cadence;
  error: string | undefined;
  onChange: (cadence: Cadence) => void;
}

const DAYS = [...Array.from({ length: 31 }, (_, index) => String(index + 1)), 'L'];

/** How often it comes, as a person says it; by hand for whoever writes cron. */
export function CadenceFields({ cadence, error, onChange }: CadenceFieldsProps) {
  const { t } = useTranslation('schedules');
  const set = (patch: Partial<Cadence>) => onChange({ ...cadence, ...patch });
  const { frequency } = cadence;
  return (
    <>
      <div className="grid grid-cols-2 gap-3">
        <Field label={t('frequency')}>
          {(aria) => (
            <Select
              {...aria}
              value={frequency}
              options={FREQUENCIES.map((value) => ({ value, label: t(`frequencies.${value}`) }))}
              onChange={(next) => set({ frequency: next })}
            />
          )}
        </Field>
        {frequency === 'custom' ? (
          <Field label={t('cron')} error={error}>
            {(aria) => (
              <TextInput
                {...aria}
                required
                spellCheck={false}
                value={cadence.cron}
                onChange={(event) => set({ cron: event.target.value })}
                className="font-mono"
              />
            )}
          </Field>
        ) : (
          <Field label={t('time')} error={error}>
            {(aria) => (
              <TextInput
                {...aria}
                type="time"
                required
                value={cadence.time}
                onChange={(event) => set({ time: event.target.value })}
              />
            )}
          </Field>
        )}
      </div>
      {frequency === 'weekly' && (
        <Weekdays chosen={cadence.weekdays} onChange={(weekdays) => set({ weekdays })} />
      )}
      {frequency === 'monthly' && (
        <Field
          label={t('dayOfMonth')}
          hint={Number(cadence.day) > 28 ? t('shortMonths') : undefined}
        >
          {(aria) => (
            <Select
              {...aria}
              value={cadence.day}
              options={DAYS.map((day) => ({
                value: day,
                label: day === 'L' ? t('lastDay') : t('day', { day }),
              }))}
              onChange={(day) => set({ day })}
            />
          )}
        </Field>
      )}
    </>
  );
}
