import { useState } from 'react';
import type { ChannelChange, ChannelView } from '@/api/schema';

const FIELDS = ['name', 'language', 'brand_guide'] as const;
type Values = Pick<ChannelView, (typeof FIELDS)[number]>;

export interface ChannelDraftState {
  values: Values;
  /** What differs from what is kept. */
  change: ChannelChange;
  isDirty: boolean;
  /** Somebody else has changed the channel since the first edit. */
  isOutdated: boolean;
  edit: (values: Partial<Values>) => void;
  discard: () => void;
  /** Go on from what is kept now; what was written since it was sent stays. */
  settle: (saved: ChannelView, sent: ChannelChange) => void;
}

/** The fields of a channel as they are being edited, over the channel as it is kept. */
export function useChannelDraft(channel: ChannelView): ChannelDraftState {
  const [draft, setDraft] = useState<{ base: Values; values: Values } | null>(null);
  const base = draft?.base ?? channel;
  const values = draft?.values ?? channel;
  const change = Object.fromEntries(
    FIELDS.filter((field) => values[field] !== base[field]).map((field) => [field, values[field]]),
  ) as ChannelChange;
  const isDirty = Object.keys(change).length > 0;
  return {
    values,
    change,
    isDirty,
    isOutdated: isDirty && FIELDS.some((field) => base[field] !== channel[field]),
    edit: (edited) =>
      setDraft((before) => ({
        base: before?.base ?? channel,
        values: { ...(before?.values ?? channel), ...edited },
      })),
    discard: () => setDraft(null),
    settle: (saved, sent) =>
      setDraft((before) => before && { base: saved, values: settled(before.values, saved, sent) }),
  };
}

/** The API may keep less than was sent, such as a name without the space at its end. */
function settled(values: Values, saved: ChannelView, sent: ChannelChange): Values {
  const of = (field: (typeof FIELDS)[number]) =>
    values[field] === sent[field] ? saved[field] : values[field];
  return { name: of('name'), language: of('language'), brand_guide: of('brand_guide') };
}
