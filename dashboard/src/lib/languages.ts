/** Those that are offered; the API takes any of two letters. */
export const LANGUAGES = ['ko', 'en', 'ja', 'zh', 'es', 'fr', 'de', 'pt', 'id', 'vi', 'th', 'hi'];

/** The offered ones, and one that was chosen elsewhere. */
export function languagesWith(chosen: string): string[] {
  return chosen === '' || LANGUAGES.includes(chosen) ? LANGUAGES : [chosen, ...LANGUAGES];
}

/** What a language is called in another; its code where nobody knows. */
export function languageName(code: string, shownIn: string): string {
  try {
    return new Intl.DisplayNames(shownIn, { type: 'language' }).of(code) ?? code;
  } catch {
    return code;
  }
}
