import i18n, { type BackendModule, type ResourceKey } from 'i18next';
import { initReactI18next } from 'react-i18next';
import { remember, remembered } from '@/lib/storage';
import type { Area } from './areas';

export const LANGUAGES = ['ko', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

const NAME = 'yaa.language';
const files = import.meta.glob<ResourceKey>('./*/*.json', { import: 'default' });

/** Loads one area of one language when a view first needs it. */
const backend: BackendModule = {
  type: 'backend',
  init: () => undefined,
  async read(language, area) {
    const load = files[`./${language}/${area}.json`];
    return load === undefined ? {} : load();
  },
};

/** What was chosen here before, else Korean where the browser speaks it, else English. */
export function preferredLanguage(chosen: string | null, spoken: readonly string[]): Language {
  const known = LANGUAGES.find((language) => language === chosen);
  return known ?? (spoken.some((each) => each.toLowerCase().startsWith('ko')) ? 'ko' : 'en');
}

export async function startI18n(): Promise<void> {
  i18n.on('languageChanged', (language) => {
    document.documentElement.lang = language;
  });
  await i18n
    .use(backend)
    .use(initReactI18next)
    .init({
      lng: preferredLanguage(remembered(NAME), navigator.languages),
      fallbackLng: false,
      supportedLngs: LANGUAGES,
      ns: ['common', 'shell'],
      defaultNS: 'common',
      interpolation: { escapeValue: false },
      returnNull: false,
    });
}

export function setLanguage(language: Language): void {
  remember(NAME, language);
  void i18n.changeLanguage(language);
}

/** Load the texts of a view together with its code. */
export async function loadAreas(areas: Area[]): Promise<void> {
  await i18n.loadNamespaces(areas);
}
