import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { apiKey } from '@/api/key';
import { DESTINATIONS } from './destinations';
import { shellDialog } from './dialogs';

/** How long `g` waits for its second key. */
const CHORD_MS = 1200;

/** The keys that work on every page, except while something is written or a dialog is open. */
export function useShortcuts(): void {
  const navigate = useNavigate();

  useEffect(() => {
    let chordAt = 0;
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        shellDialog.set(shellDialog.get() === 'palette' ? null : 'palette');
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isBusyElsewhere(event.target)) {
        return;
      }
      const isChord = Date.now() - chordAt < CHORD_MS;
      chordAt = event.key === 'g' ? Date.now() : 0;
      const to = destinationOf(event.key, isChord);
      if (to !== undefined) {
        event.preventDefault();
        void navigate({ to });
      } else if (event.key === '?') {
        shellDialog.set('shortcuts');
      } else if (event.key === '/') {
        event.preventDefault();
        focusSearch();
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [navigate]);
}

function destinationOf(key: string, isChord: boolean) {
  const found = DESTINATIONS.find((each) => each.key === key);
  return found !== undefined && (isChord || found.name === 'newRun') ? found.to : undefined;
}

function isBusyElsewhere(target: EventTarget | null): boolean {
  return (
    apiKey.get() === '' ||
    document.querySelector('dialog[open], [role="menu"]:popover-open') !== null ||
    (target instanceof HTMLElement &&
      (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)))
  );
}

/** The view's own field of search, or else the palette. */
function focusSearch(): void {
  const field = document.querySelector<HTMLInputElement>('main input[type="search"]');
  if (field === null) {
    shellDialog.set('palette');
  } else {
    field.focus();
  }
}
