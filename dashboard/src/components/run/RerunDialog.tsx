import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useRerunRun } from '@/api/run-steering';
import type { RerunOrder, RunDetail, StepView } from '@/api/schema';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { InlineError } from '@/components/ErrorState';
import { Field } from '@/components/Field';
import { Select } from '@/components/Select';
import { Switch } from '@/components/Switch';
import { useStepName } from '@/components/step-names';
import type { JsonObject } from '@/lib/merge-patch';
import { behind, inputsOf } from '@/lib/step-graph';
import { BriefInput, StepInput } from './EditInput';

const BRIEF = 'brief';

interface RerunDialogProps {
  run: RunDetail;
  fromStep: string;
  /** What the run was asked for, when it is known. */
  brief: JsonObject | undefined;
  onClose: () => void;
  onMade: (runId: string) => void;
}

/** A new run does a step and all behind it again, with inputs that may be changed before. */
export function RerunDialog({ run, fromStep, brief, onClose, onMade }: RerunDialogProps) {
  const { t } = useTranslation('run');
  const nameOf = useStepName();
  const rerun = useRerunRun();
  const [from, setFrom] = useState(fromStep);
  const [isFresh, setIsFresh] = useState(false);
  const [edits, setEdits] = useState<Record<string, JsonObject>>({});
  const again = behind(run.steps, from);
  const inputs = inputsOf(run.steps, again);
  const edited = Object.keys(edits).filter((input) => input === BRIEF || inputs.includes(input));

  const edit = (input: string) => (patch: JsonObject | undefined) =>
    setEdits(({ [input]: _, ...others }) =>
      patch === undefined ? others : { ...others, [input]: patch },
    );
  const start = () => {
    const sent = Object.fromEntries(edited.map((input) => [input, edits[input] ?? {}]));
    rerun.mutate(
      { runId: run.run_id, fromStep: from, fresh: isFresh, edits: sent as RerunOrder['edits'] },
      { onSuccess: (made) => onMade(made.run_id) },
    );
  };
  return (
    <Dialog
      isWide
      isOpen
      onClose={onClose}
      title={t('rerunDialog.title')}
      actions={
        <>
          <Button onClick={onClose}>{t('action.close', { ns: 'common' })}</Button>
          <Button look="primary" busy={rerun.isPending} onClick={start}>
            {edited.length > 0
              ? t('rerunDialog.confirmEdited', { count: edited.length })
              : t('rerunDialog.confirm')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-5">
        <Field label={t('rerunDialog.from')}>
          {(aria) => (
            <Select
              {...aria}
              value={from}
              options={run.steps.map(({ step }) => ({ value: step, label: nameOf(step) }))}
              onChange={setFrom}
            />
          )}
        </Field>
        <p className="text-sm text-muted">
          {t('rerunDialog.what', { steps: again.map(nameOf).join(', ') })}
        </p>
        <section className="flex flex-col gap-2" aria-label={t('rerunDialog.inputs')}>
          <h3 className="text-sm font-medium">{t('rerunDialog.inputs')}</h3>
          {brief && <BriefInput brief={brief} onEdit={edit(BRIEF)} />}
          {stepsNamed(run.steps, inputs).map((step) => (
            <StepInput key={step.step} runId={run.run_id} step={step} onEdit={edit(step.step)} />
          ))}
        </section>
        <Switch label={t('fresh')} hint={t('freshHint')} isOn={isFresh} onChange={setIsFresh} />
      </div>
      {rerun.error && <InlineError error={rerun.error} />}
    </Dialog>
  );
}

function stepsNamed(steps: readonly StepView[], names: readonly string[]): StepView[] {
  return steps.filter((step) => names.includes(step.step));
}
