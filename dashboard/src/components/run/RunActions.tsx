import { Link } from '@tanstack/react-router';
import {
  CirclePause,
  CirclePlay,
  CircleStop,
  Plus,
  RotateCcw,
  RotateCw,
  UserRoundCheck,
} from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useMay } from '@/api/me';
import { useResumeRun } from '@/api/run-steering';
import { isOver } from '@/api/runs';
import type { RunDetail } from '@/api/schema';
import { Button, buttonClass } from '@/components/Button';
import { InlineError } from '@/components/ErrorState';

export type RunDialog = { kind: 'cancel' | 'pause' | 'retry' } | { kind: 'rerun'; step: string };

interface RunActionsProps {
  run: RunDetail;
  onOpen: (dialog: RunDialog) => void;
  /** Leads to what waits for a decision. */
  onDecide: () => void;
}

/** What can be done about a run: at the right of its title, on a phone at the thumb. */
export function RunActions({ run, onOpen, onDecide }: RunActionsProps) {
  const { t } = useTranslation('run');
  const mayRun = useMay('run');
  return (
    <div className="flex flex-col gap-1 max-md:fixed max-md:inset-x-0 max-md:bottom-[calc(3.5rem+env(safe-area-inset-bottom))] max-md:z-30 max-md:border-t max-md:bg-surface max-md:px-4 max-md:py-2 md:items-end">
      <section aria-label={t('actions')} className="flex gap-2 max-md:[&>*]:flex-1 md:flex-wrap">
        {isOver(run.status) ? (
          <Ended run={run} mayRun={mayRun} onOpen={onOpen} />
        ) : (
          <UnderWay run={run} mayRun={mayRun} onOpen={onOpen} onDecide={onDecide} />
        )}
      </section>
      {!mayRun && <p className="text-xs text-muted">{t('mayNotRun')}</p>}
    </div>
  );
}

interface GroupProps {
  run: RunDetail;
  mayRun: boolean;
  onOpen: (dialog: RunDialog) => void;
}

function UnderWay({ run, mayRun, onOpen, onDecide }: GroupProps & { onDecide: () => void }) {
  const { t } = useTranslation('run');
  const resume = useResumeRun();
  // Beside the decision a phone has room for their signs only.
  const short = run.waiting_for_approval ? 'max-md:sr-only' : '';
  return (
    <>
      {run.waiting_for_approval && (
        <Button look="primary" icon={UserRoundCheck} onClick={onDecide} className="md:hidden">
          {t('decide')}
        </Button>
      )}
      {run.paused ? (
        <Button
          look={run.waiting_for_approval ? 'secondary' : 'primary'}
          icon={CirclePlay}
          disabled={!mayRun}
          busy={resume.isPending}
          onClick={() => resume.mutate({ runId: run.run_id })}
        >
          <span className={short}>{t('resume')}</span>
        </Button>
      ) : (
        <Button icon={CirclePause} disabled={!mayRun} onClick={() => onOpen({ kind: 'pause' })}>
          <span className={short}>{t('pause')}</span>
        </Button>
      )}
      <Button icon={CircleStop} disabled={!mayRun} onClick={() => onOpen({ kind: 'cancel' })}>
        <span className={short}>{t('cancel')}</span>
      </Button>
      {resume.error && <InlineError error={resume.error} />}
    </>
  );
}

function Ended({ run, mayRun, onOpen }: GroupProps) {
  const { t } = useTranslation('run');
  const first = run.steps[0]?.step;
  const canRetry = run.status !== 'completed';
  return (
    <>
      {canRetry && (
        <Button
          look="primary"
          icon={RotateCw}
          disabled={!mayRun}
          onClick={() => onOpen({ kind: 'retry' })}
        >
          {t('retry')}
        </Button>
      )}
      {first !== undefined && (
        <Button
          icon={RotateCcw}
          disabled={!mayRun}
          onClick={() => onOpen({ kind: 'rerun', step: first })}
        >
          {t('rerun')}
        </Button>
      )}
      <Link
        to="/new"
        search={{ channel_id: run.channel_id, pipeline: run.pipeline }}
        className={buttonClass(canRetry ? 'secondary' : 'primary')}
      >
        <Plus size={16} aria-hidden />
        {t('action.newRun', { ns: 'common' })}
      </Link>
    </>
  );
}
