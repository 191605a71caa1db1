import { useEffect, useState } from 'react';
import { keptDraft, nextDraft, type RunDraft } from '@/lib/run-draft';

const NAME = 'yaa.new-run';

/**
 * What is typed, kept in this tab until the run is started. `given` comes from the address and goes
 * before what was kept.
 */
export function useDraft(given: Partial<RunDraft>) {
  const [draft, setDraft] = useState<RunDraft>(() => ({ ...keptDraft(kept()), ...given }));
  const change = (fields: Partial<RunDraft>) => setDraft((before) => ({ ...before, ...fields }));

  useEffect(() => keep(draft), [draft]);
  return { draft, change, forget: () => keep(nextDraft(draft)) };
}

function kept(): string | null {
  try {
    return sessionStorage.getItem(NAME);
  } catch {
    return null;
  }
}

function keep(draft: RunDraft): void {
  try {
    sessionStorage.setItem(NAME, JSON.stringify(draft));
  } catch {
    // Then it holds until the page is left.
  }
}
