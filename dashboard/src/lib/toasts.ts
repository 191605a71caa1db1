import { createStore } from './store';

export interface Toast {
  id: number;
  tone: 'success' | 'danger' | 'info';
  text: string;
}

const SHOWN_MS = 6000;

export const toasts = createStore<readonly Toast[]>([]);

let count = 0;

/** Tell something that needs no answer: `toast('success', t('saved'))`. */
export function toast(tone: Toast['tone'], text: string): void {
  count += 1;
  const id = count;
  toasts.set([...toasts.get(), { id, tone, text }]);
  setTimeout(() => dismissToast(id), SHOWN_MS);
}

export function dismissToast(id: number): void {
  toasts.set(toasts.get().filter((each) => each.id !== id));
}
