import { createStore } from '@/lib/store';

export type ShellDialog = 'key' | 'palette' | 'shortcuts';

/** Which dialog of the shell is open; views open it too: `shellDialog.set('key')`. */
export const shellDialog = createStore<ShellDialog | null>(null);

export function closeShellDialog(): void {
  shellDialog.set(null);
}
