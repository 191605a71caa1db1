import type { Aspect, OnMissed, Priority, ScheduleDraft } from '@/api/schema';
import { type Cadence, cronOf } from '@/lib/cron';
import { present } from '@/lib/search';

/** What the form of a new schedule holds. */
export interface Draft {
  name: string;
  isOnce: boolean;
  cadence: Cadence;
  /** As a field of date and time has it, in the zone `tz`. */
  at: string;
  tz: string;
  onMissed: OnMissed;
  topic: string;
  channelId: string;
  pipeline: string;
  aspect: Aspect;
  language: string;
  priority: Priority;
  dryRun: boolean;
  review: boolean;
  /** As it is typed; empty is as the pipeline has it. */
  deadlineMin: string;
}

/** The order of a run as the address may bring it, named as the fields of `RunOrder`. */
export interface GivenOrder {
  topic?: string | undefined;
  channel_id?: string | undefined;
  pipeline?: string | undefined;
  aspect?: Aspect | undefined;
  language?: string | undefined;
  priority?: Priority | undefined;
  dry_run?: boolean | undefined;
  review?: boolean | undefined;
  deadline_s?: number | undefined;
}

export function draftOf(order: GivenOrder, tz: string): Draft {
  return {
    name: '',
    isOnce: false,
    cadence: {
      frequency: 'daily',
      time: '09:00',
      weekdays: [1, 2, 3, 4, 5],
      day: '1',
      cron: '0 9 * * MON-FRI',
    },
    at: '',
    tz,
    onMissed: 'run_once',
    topic: order.topic ?? '',
    channelId: order.channel_id ?? '',
    pipeline: order.pipeline ?? '',
    aspect: order.aspect ?? '9:16',
    language: order.language ?? '',
    priority: order.priority ?? 'normal',
    dryRun: order.dry_run ?? false,
    review: order.review ?? false,
    deadlineMin: order.deadline_s === undefined ? '' : String(order.deadline_s / 60),
  };
}

/** The same as the API takes it. */
export function scheduleOf(draft: Draft): ScheduleDraft {
  return {
    name: draft.name.trim(),
    ...(draft.isOnce ? { at: draft.at } : { cron: cronOf(draft.cadence) }),
    tz: draft.tz,
    on_missed: draft.onMissed,
    order: {
      topic: draft.topic.trim(),
      channel_id: draft.channelId,
      pipeline: draft.pipeline,
      aspect: draft.aspect,
      priority: draft.priority,
      dry_run: draft.dryRun,
      review: draft.review,
      requested_by: '',
      ...present({
        language: draft.language || undefined,
        deadline_s: secondsOf(draft.deadlineMin),
      }),
    },
  };
}

function secondsOf(minutes: string): number | undefined {
  return minutes === '' ? undefined : Math.round(Number(minutes) * 60);
}

/** Which field a refusal is about when it does not name one itself. */
export const FIELD_OF_KIND: Record<string, string> = {
  'time-not-ahead': 'at',
  'time-skipped': 'at',
  'time-too-far': 'at',
  'unknown-channel': 'order.channel_id',
  'unknown-pipeline': 'order.pipeline',
  'pipeline-unusable': 'order.pipeline',
  'unknown-agent': 'order.pipeline',
  'unknown-task': 'order.pipeline',
  'nothing-to-review': 'order.review',
};
