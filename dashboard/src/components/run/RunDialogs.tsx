import type { RunDetail } from '@/api/schema';
import { isJsonObject, type JsonObject } from '@/lib/merge-patch';
import type { RecordedEvent } from '@/lib/run-feed';
import { CancelDialog } from './CancelDialog';
import { PauseDialog } from './PauseDialog';
import { RerunDialog } from './RerunDialog';
import { RetryDialog } from './RetryDialog';
import type { RunDialog } from './RunActions';

interface RunDialogsProps {
  run: RunDetail;
  /** The log, whose first event has what the run was asked for. */
  events: readonly RecordedEvent[];
  open: RunDialog | null;
  onClose: () => void;
  /** A run was made that repeats this one. */
  onMade: (runId: string) => void;
}

/** What is asked before a run is steered. */
export function RunDialogs({ run, events, open, onClose, onMade }: RunDialogsProps) {
  return (
    <>
      {open?.kind === 'cancel' && <CancelDialog runId={run.run_id} onClose={onClose} />}
      {open?.kind === 'pause' && <PauseDialog runId={run.run_id} onClose={onClose} />}
      {open?.kind === 'retry' && <RetryDialog run={run} onClose={onClose} onMade={onMade} />}
      {open?.kind === 'rerun' && (
        <RerunDialog
          run={run}
          fromStep={open.step}
          brief={briefIn(events)}
          onClose={onClose}
          onMade={onMade}
        />
      )}
    </>
  );
}

/** All of it but the channel, which no rerun changes. */
function briefIn(events: readonly RecordedEvent[]): JsonObject | undefined {
  const first = events[0]?.event;
  const brief = first?.type === 'run.requested' ? first.brief.inline : null;
  if (!isJsonObject(brief)) {
    return undefined;
  }
  const { channel_id: _channel, ...rest } = brief;
  return rest;
}
