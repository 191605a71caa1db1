import type { LiveEvent, RunEvent } from '@/api/schema';
import type { ServerEvent } from './sse';

/** An event of the log, with its place there. */
export interface RecordedEvent {
  id: string;
  event: RunEvent;
}

/** What a step does right now; gone when its attempt has ended. */
export interface StepActivity {
  attempt: number;
  text: string;
  fraction: number | null;
  note: string;
  calls: number;
  /** When its agent took it on; null when that was not seen. */
  startedAt: string | null;
}

/** All that is known of a run from its stream. */
export interface RunFeed {
  recorded: readonly RecordedEvent[];
  activities: Readonly<Record<string, StepActivity>>;
}

export const EMPTY_FEED: RunFeed = { recorded: [], activities: {} };

const ENDS: ReadonlySet<string> = new Set(['run.completed', 'run.failed', 'run.cancelled']);
const ATTEMPT_CHANGES: ReadonlySet<string> = new Set([
  'step.requested',
  'step.completed',
  'step.failed',
  'step.skipped',
]);
/** So much of what a model writes is kept: enough to read along, not all of it. */
const KEPT_CHARS = 20_000;

export function isEndOfRun(type: string): boolean {
  return ENDS.has(type);
}

/** The feed after some more events. */
export function fed(feed: RunFeed, events: readonly ServerEvent[]): RunFeed {
  const recorded: RecordedEvent[] = [];
  const activities = { ...feed.activities };
  for (const each of events) {
    if (each.id !== null) {
      const event = JSON.parse(each.data) as RunEvent;
      recorded.push({ id: each.id, event });
      forget(activities, event);
    } else if (each.type.startsWith('live.')) {
      note(activities, JSON.parse(each.data) as LiveEvent);
    }
  }
  return {
    recorded: recorded.length > 0 ? [...feed.recorded, ...recorded] : feed.recorded,
    activities,
  };
}

function forget(activities: Record<string, StepActivity>, event: RunEvent): void {
  if (isEndOfRun(event.type)) {
    for (const step of Object.keys(activities)) {
      delete activities[step];
    }
  } else if ('step' in event && ATTEMPT_CHANGES.has(event.type)) {
    delete activities[event.step];
  }
}

function note(activities: Record<string, StepActivity>, event: LiveEvent): void {
  const known = activities[event.step];
  if (known !== undefined && known.attempt > event.attempt) {
    return;
  }
  const before = known?.attempt === event.attempt ? known : begun(event.attempt);
  switch (event.type) {
    case 'live.started':
      activities[event.step] = { ...begun(event.attempt), startedAt: event.at };
      break;
    case 'live.progress':
      activities[event.step] = { ...before, fraction: event.fraction, note: event.note };
      break;
    case 'live.tokens':
      activities[event.step] = { ...before, text: (before.text + event.text).slice(-KEPT_CHARS) };
      break;
    case 'live.call':
      activities[event.step] = { ...before, calls: before.calls + 1 };
      break;
    case 'live.incident':
      activities[event.step] = { ...before, note: event.incident.message };
      break;
  }
}

function begun(attempt: number): StepActivity {
  return { attempt, text: '', fraction: null, note: '', calls: 0, startedAt: null };
}
