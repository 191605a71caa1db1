import type { Aspect, Priority, RunOrder } from '@/api/schema';
import { present } from './search';

/** The form of a new run as it is typed; empty is left to whoever decides it otherwise. */
export interface RunDraft {
  topic: string;
  channel_id: string;
  pipeline: string;
  aspect: Aspect;
  language: string;
  review: boolean;
  priority: Priority;
  deadline_min: string;
  dry_run: boolean;
}

export const EMPTY_DRAFT: RunDraft = {
  topic: '',
  channel_id: '',
  pipeline: '',
  aspect: '9:16',
  language: '',
  review: false,
  priority: 'normal',
  deadline_min: '',
  dry_run: false,
};

/** The next order is mostly like the last one, about something else. */
const LASTING = ['channel_id', 'pipeline', 'aspect', 'language', 'review'] as const;

/** A draft that was kept; what does not fit any more is as in an empty one. */
export function keptDraft(json: string | null): RunDraft {
  const kept = parsed(json);
  const fitting = Object.entries(EMPTY_DRAFT).map(([name, empty]) => {
    const value = kept[name];
    return [name, typeof value === typeof empty ? value : empty];
  });
  return Object.fromEntries(fitting) as RunDraft;
}

/** What is kept when a run was started. */
export function nextDraft(draft: RunDraft): RunDraft {
  const lasting = Object.fromEntries(LASTING.map((name) => [name, draft[name]]));
  return { ...EMPTY_DRAFT, ...lasting };
}

export function orderOf(draft: RunDraft): RunOrder {
  const { deadline_min, language, topic, ...rest } = draft;
  return {
    ...rest,
    topic: topic.trim(),
    requested_by: '',
    ...(language !== '' && { language }),
    ...(deadline_min !== '' && { deadline_s: Math.round(Number(deadline_min) * 60) }),
  };
}

/** An order as the address of a schedule carries it: without what is so anyway. */
export function orderSearch(order: RunOrder) {
  return present({
    topic: order.topic || undefined,
    channel_id: order.channel_id,
    pipeline: order.pipeline,
    aspect: order.aspect,
    priority: order.priority,
    language: order.language ?? undefined,
    deadline_s: order.deadline_s ?? undefined,
    review: order.review || undefined,
    dry_run: order.dry_run || undefined,
  });
}

function parsed(json: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
