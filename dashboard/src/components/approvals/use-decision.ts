import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '@/api/errors';
import { useDecide } from '@/api/run-approval';
import type { ApprovalView, DecisionOrder } from '@/api/schema';
import { toast } from '@/lib/toasts';

/** What cannot be mended in the form: the question is another one now. */
const OVERTAKEN = new Set([
  'approval-changed',
  'approval-decided',
  'approval-expired',
  'run-ended',
  'unknown-approval',
  'unknown-run',
]);

/** A question as it was seen: what comes while the comment is written was not. */
export interface Seen {
  run_id: string;
  step: string;
  digest: string;
  decision: DecisionOrder['decision'];
}

interface Late extends Seen {
  error: ApiError;
}

export interface Deciding {
  /** What the dialog asks about, null while it is closed. */
  seen: Seen | null;
  /** What was decided too late, with what the API said. */
  late: Late | null;
  isBusy: boolean;
  error: Error | null;
  open: (question: ApprovalView, decision: Seen['decision']) => void;
  send: (comment: string) => void;
  close: () => void;
  forget: () => void;
}

/**
 * A decision from the first click to its answer. It belongs where it outlives the question, which
 * leaves the queue, and the run's page, as soon as anybody has decided.
 */
export function useDecision(): Deciding {
  const { t } = useTranslation('approvals');
  const decide = useDecide();
  const [seen, setSeen] = useState<Seen | null>(null);
  const [late, setLate] = useState<Late | null>(null);

  const send = (comment: string) => {
    if (seen === null) {
      return;
    }
    const { run_id: runId, step, digest, decision } = seen;
    decide.mutate(
      { runId, step, digest, decision, comment },
      {
        onSuccess: () => {
          setSeen(null);
          toast('success', t(`${decision}.done`));
        },
        onError: (error) => {
          if (error instanceof ApiError && OVERTAKEN.has(error.kind)) {
            setSeen(null);
            setLate({ ...seen, error });
          }
        },
      },
    );
  };
  return {
    seen,
    late,
    isBusy: decide.isPending,
    error: decide.error,
    open: ({ run_id, step, digest }, decision) => {
      decide.reset();
      setLate(null);
      setSeen({ run_id, step, digest, decision });
    },
    send,
    close: () => setSeen(null),
    forget: () => setLate(null),
  };
}
