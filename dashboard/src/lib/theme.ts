import { remember, remembered } from './storage';
import { createStore } from './store';

export type Theme = 'dark' | 'light';

// public/static/theme.js reads the same name before anything is painted.
const NAME = 'yaa.theme';

export const theme = createStore<Theme>(remembered(NAME) === 'light' ? 'light' : 'dark');

export function setTheme(next: Theme): void {
  document.documentElement.dataset.theme = next;
  remember(NAME, next);
  theme.set(next);
}
