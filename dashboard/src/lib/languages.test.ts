import { expect, test } from 'vitest';
import { LANGUAGES, languageName, languagesWith } from './languages';

test('a language that is not offered is there once it was chosen', () => {
  expect(languagesWith('it')).toEqual(['it', ...LANGUAGES]);
  expect(languagesWith('ko')).toEqual(LANGUAGES);
  expect(languagesWith('')).toEqual(LANGUAGES);
});

test('a language has its name in the language of the page, else its code', () => {
  expect(languageName('ko', 'en')).toBe('Korean');
  expect(languageName('ko', 'ko')).toBe('한국어');
  expect(languageName('?', 'en')).toBe('?');
});
