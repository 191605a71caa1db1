import { expect, test } from 'vitest';
import type { AttemptView, StepView } from '@/api/schema';
import { msOf, spansOf } from './step-spans';

const AT = Date.parse('2026-01-01T00:00:00Z');
const after = (seconds: number) => new Date(AT + seconds * 1000).toISOString();

function attempt(fields: Partial<AttemptView>): AttemptView {
  return {
    agent: 'writer',
    attempt: 1,
    status: 'running',
    requested_at: after(0),
    completed_at: null,
    duration_ms: null,
    failure: null,
    incidents: [],
    ...fields,
  };
}

function step(attempts: AttemptView[]): StepView {
  return {
    step: 'script',
    agent: 'writer',
    task: 'script',
    needs: [],
    status: 'running',
    attempt: attempts.length,
    attempts,
    requested_at: after(0),
    completed_at: null,
    duration_ms: null,
    tokens: 0,
    cost_usd: null,
    output_kind: null,
    simulated: false,
    reused: false,
    skip_reason: '',
    instances: null,
  };
}

const now = AT + 10_000;
const open = { approvals: [], startedAt: null, isQueued: false, now };

test('what an attempt did not work it waited for its agent', () => {
  const done = attempt({ status: 'completed', completed_at: after(5), duration_ms: 3000 });

  const spans = spansOf({ ...open, step: step([done]) });

  expect(spans.map(({ kind, from, to }) => [kind, from - AT, to - AT])).toEqual([
    ['queue', 0, 2000],
    ['run', 2000, 5000],
  ]);
});

test('an attempt under way is at work since its agent began', () => {
  const spans = spansOf({ ...open, step: step([attempt({})]), startedAt: after(4) });

  expect(msOf(spans, 'queue')).toBe(4000);
  expect(msOf(spans, 'run')).toBe(6000);
  expect(spans.at(-1)?.isOpen).toBe(true);
});

test('nobody works on a request that nobody has taken', () => {
  const spans = spansOf({ ...open, step: step([attempt({})]), isQueued: true });

  expect(spans.map((span) => span.kind)).toEqual(['queue']);
});

test('a failed attempt is told from the one that followed', () => {
  const first = attempt({ status: 'failed', completed_at: after(2), duration_ms: 2000 });
  const second = attempt({ attempt: 2, requested_at: after(4) });

  const spans = spansOf({ ...open, step: step([first, second]) });

  expect(spans.map(({ kind, attempt }) => [kind, attempt])).toEqual([
    ['failed', 1],
    ['run', 2],
  ]);
});
