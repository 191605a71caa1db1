import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type BulkAction, type BulkOutcome, isOpenTo, useBulkRuns } from '@/api/bulk-runs';
import type { RunSummary } from '@/api/schema';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { BulkResults } from './BulkResults';

interface BulkDialogProps {
  action: BulkAction | null;
  runs: readonly RunSummary[];
  onClose: () => void;
  /** The ids of what went well. */
  onDone: (done: ReadonlySet<string>) => void;
}

/** Asks first, then tells how it goes with each run. */
export function BulkDialog({ action, runs, onClose, onDone }: BulkDialogProps) {
  // What was chosen when it opened: rows change while it is read.
  const [chosen, setChosen] = useState<readonly RunSummary[]>([]);
  const [shown, setShown] = useState<BulkAction>('cancel');
  const bulk = useBulkRuns();
  const { reset } = bulk;
  const [opened, setOpened] = useState<BulkAction | null>(null);
  if (opened !== action) {
    setOpened(action);
    if (action !== null) {
      setShown(action);
      setChosen(runs);
    }
  }
  useEffect(() => {
    if (action !== null) {
      reset();
    }
  }, [action, reset]);

  const open = chosen.filter((run) => isOpenTo(shown, run));
  const failed = open.filter((run) => bulk.outcomes.get(run.run_id)?.ok === false);
  const close = () => {
    onDone(idsThatWentWell(bulk.outcomes));
    onClose();
  };
  return (
    <BulkView
      action={shown}
      isOpen={action !== null}
      open={open}
      leftOut={chosen.length - open.length}
      failed={failed}
      outcomes={bulk.outcomes}
      isBusy={bulk.isBusy}
      onStart={(which) =>
        void bulk.start(
          shown,
          which.map((run) => run.run_id),
        )
      }
      onClose={close}
    />
  );
}

interface BulkViewProps {
  action: BulkAction;
  isOpen: boolean;
  open: readonly RunSummary[];
  leftOut: number;
  failed: readonly RunSummary[];
  outcomes: ReadonlyMap<string, BulkOutcome>;
  isBusy: boolean;
  onStart: (runs: readonly RunSummary[]) => void;
  onClose: () => void;
}

function BulkView(props: BulkViewProps) {
  const { action, open, failed, outcomes, isBusy, onStart, onClose } = props;
  const { t } = useTranslation('runs');
  const count = open.length;
  const isAsking = !isBusy && outcomes.size === 0;
  const isSettled = !isBusy && !isAsking;
  return (
    <Dialog
      isOpen={props.isOpen}
      onClose={onClose}
      title={t(`${action}.title`, { count })}
      actions={
        <>
          <Button onClick={onClose}>{t('action.close', { ns: 'common' })}</Button>
          {(isAsking || isBusy) && (
            <Button
              look={action === 'cancel' ? 'danger' : 'primary'}
              busy={isBusy}
              onClick={() => onStart(open)}
            >
              {t(`${action}.confirm`)}
            </Button>
          )}
          {isSettled && failed.length > 0 && (
            <Button look="primary" onClick={() => onStart(failed)}>
              {t('againFailed', { count: failed.length })}
            </Button>
          )}
        </>
      }
    >
      {isAsking ? (
        <div className="flex flex-col gap-3">
          <p>{t(`${action}.what`, { count })}</p>
          {props.leftOut > 0 && (
            <p className="text-sm text-muted">{t(`${action}.leftOut`, { count: props.leftOut })}</p>
          )}
          <Topics runs={open} />
        </div>
      ) : (
        <BulkResults runs={open} outcomes={outcomes} isBusy={isBusy} action={action} />
      )}
    </Dialog>
  );
}

const TOPICS_SHOWN = 5;

function Topics({ runs }: { runs: readonly RunSummary[] }) {
  const { t } = useTranslation('runs');
  const more = runs.length - TOPICS_SHOWN;
  return (
    <ul className="flex flex-col gap-1 rounded-md bg-sunken px-3 py-2 text-sm">
      {runs.slice(0, TOPICS_SHOWN).map((run) => (
        <li key={run.run_id} className="truncate">
          {run.topic}
        </li>
      ))}
      {more > 0 && <li className="text-muted">{t('andMore', { count: more })}</li>}
    </ul>
  );
}

function idsThatWentWell(outcomes: ReadonlyMap<string, BulkOutcome>): ReadonlySet<string> {
  return new Set([...outcomes].filter(([, outcome]) => outcome.ok).map(([runId]) => runId));
}
