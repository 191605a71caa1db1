import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCreateSchedule } from '@/api/schedules';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { InlineError } from '@/components/ErrorState';
import { useFieldProblem } from '@/components/field-problem';
import { toast } from '@/lib/toasts';
import { viewerZone } from '@/lib/zone';
import { type Draft, draftOf, FIELD_OF_KIND, type GivenOrder, scheduleOf } from './draft';
import { OrderFields } from './OrderFields';
import { WhenFields } from './WhenFields';

interface ScheduleFormProps {
  order: GivenOrder;
  may: boolean;
  onClose: () => void;
}

const FIELDS = [
  'name',
  'cron',
  'at',
  'tz',
  'order.topic',
  'order.channel_id',
  'order.pipeline',
  'order.language',
  'order.deadline_s',
  'order.review',
];

/** When, and what: a schedule as it is added. */
export default function ScheduleForm({ order, may, onClose }: ScheduleFormProps) {
  const { t } = useTranslation('schedules');
  const form = useId();
  const create = useCreateSchedule();
  const [draft, setDraft] = useState(() => draftOf(order, viewerZone()));
  const fieldProblem = useFieldProblem();
  const errorAt = (field: string) => fieldProblem(create.error, field, FIELD_OF_KIND);
  const change = (patch: Partial<Draft>) => setDraft((before) => ({ ...before, ...patch }));
  const isTold = FIELDS.some((field) => errorAt(field) !== undefined);
  const submit = () =>
    create.mutate(scheduleOf(draft), {
      onSuccess: () => {
        toast('success', t('added'));
        onClose();
      },
    });
  return (
    <Dialog
      isOpen
      isWide
      onClose={onClose}
      title={t('add')}
      actions={
        <>
          <Button onClick={onClose}>{t('action.close', { ns: 'common' })}</Button>
          <Button look="primary" type="submit" form={form} busy={create.isPending} disabled={!may}>
            {t('add')}
          </Button>
        </>
      }
    >
      <form
        id={form}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
        className="grid gap-x-8 gap-y-6 md:grid-cols-2"
      >
        <OrderFields draft={draft} onChange={change} errorAt={errorAt} />
        <WhenFields draft={draft} onChange={change} errorAt={errorAt} />
      </form>
      {create.error && !isTold && <InlineError error={create.error} />}
    </Dialog>
  );
}

export interface FieldsProps {
  draft: Draft;
  onChange: (patch: Partial<Draft>) => void;
  errorAt: (field: string) => string | undefined;
}
