import type { ApprovalSummary, AttemptView, StepView } from '@/api/schema';

/** What a step was doing for a while. */
export type SpanKind = 'queue' | 'run' | 'failed' | 'cancelled' | 'approval';

/** A while on the clock of the run, in milliseconds since the epoch. */
export interface Span {
  kind: SpanKind;
  from: number;
  to: number;
  attempt: number | null;
  isOpen: boolean;
}

export interface SpanSources {
  step: StepView;
  approvals: readonly ApprovalSummary[];
  /** When the attempt under way was begun by its agent; null while that is not known. */
  startedAt: string | null;
  /** Nobody has taken the request yet. */
  isQueued: boolean;
  now: number;
}

/** How a step spent its time: waiting for a person, for an agent, and at work. */
export function spansOf({ step, approvals, startedAt, isQueued, now }: SpanSources): Span[] {
  const asked = approvals
    .filter((each) => each.step === step.step)
    .map((each) => spanOf('approval', each.requested_at, each.decided_at, now));
  const worked =
    step.instances === null
      ? step.attempts.flatMap((each) => attemptSpans(each, { startedAt, isQueued, now }))
      : wholeSpans(step, now);
  return [...asked, ...worked];
}

/** How long it did so altogether. */
export function msOf(spans: readonly Span[], ...kinds: readonly SpanKind[]): number {
  return spans
    .filter((span) => kinds.includes(span.kind))
    .reduce((sum, span) => sum + span.to - span.from, 0);
}

function attemptSpans(
  attempt: AttemptView,
  { startedAt, isQueued, now }: Pick<SpanSources, 'startedAt' | 'isQueued' | 'now'>,
): Span[] {
  if (attempt.requested_at === null) {
    return [];
  }
  const asked = Date.parse(attempt.requested_at);
  const isOpen = attempt.completed_at === null;
  const end = attempt.completed_at === null ? now : Date.parse(attempt.completed_at);
  const begun = isOpen
    ? begunAt({ asked, startedAt, isQueued, now })
    : Math.max(asked, end - (attempt.duration_ms ?? end - asked));
  const common = { attempt: attempt.attempt };
  return [
    { ...common, kind: 'queue' as const, from: asked, to: begun, isOpen: isOpen && begun === now },
    { ...common, kind: workOf(attempt), from: begun, to: Math.max(begun, end), isOpen },
  ].filter((span) => span.to > span.from);
}

function begunAt({
  asked,
  startedAt,
  isQueued,
  now,
}: {
  asked: number;
  startedAt: string | null;
  isQueued: boolean;
  now: number;
}): number {
  if (startedAt !== null) {
    return Math.max(asked, Date.parse(startedAt));
  }
  return isQueued ? now : asked;
}

function workOf(attempt: AttemptView): SpanKind {
  if (attempt.status === 'failed') {
    return 'failed';
  }
  return attempt.status === 'cancelled' ? 'cancelled' : 'run';
}

/** The instances of a step are at work side by side: one span holds them all. */
function wholeSpans(step: StepView, now: number): Span[] {
  if (step.requested_at === null) {
    return [];
  }
  const kind = step.status === 'failed' ? 'failed' : 'run';
  return [spanOf(kind, step.requested_at, step.completed_at, now)];
}

function spanOf(kind: SpanKind, from: string, to: string | null, now: number): Span {
  const start = Date.parse(from);
  const end = to === null ? now : Date.parse(to);
  return { kind, from: start, to: Math.max(start, end), attempt: null, isOpen: to === null };
}
