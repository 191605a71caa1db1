import type { RunDetail } from '@/api/schema';
import { CancelDialog } from './CancelDialog';
import { RerunDialog } from './RerunDialog';
import { RetryDialog } from './RetryDialog';
import type { RunDialog } from './RunActions';

interface RunDialogsProps {
  run: RunDetail;
  open: RunDialog | null;
  onClose: () => void;
  /** A run was made that repeats this one. */
  onMade: (runId: string) => void;
}

/** What is asked before a run is steered. */
export function RunDialogs({ run, open, onClose, onMade }: RunDialogsProps) {
  return (
    <>
      {open?.kind === 'cancel' && <CancelDialog run={run} onClose={onClose} />}
      {open?.kind === 'retry' && <RetryDialog run={run} onClose={onClose} onMade={onMade} />}
      {open?.kind === 'rerun' && (
        <RerunDialog run={run} fromStep={open.step} onClose={onClose} onMade={onMade} />
      )}
    </>
  );
}
