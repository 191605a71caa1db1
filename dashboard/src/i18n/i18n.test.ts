import { describe, expect, test } from 'vitest';
import { preferredLanguage } from './i18n';

type Texts = { [key: string]: string | Texts };

const files = import.meta.glob<Texts>('./*/*.json', { eager: true, import: 'default' });
const areas = Object.keys(files)
  .filter((path) => path.startsWith('./ko/'))
  .map((path) => path.slice('./ko/'.length));

/** What the API says is English already: there it is repeated, and only Korean has a text. */
const WORDS_OF_THE_API = '{{detail}}';

/** Every key with the names of its placeholders; a plural counts once, as languages differ in it. */
function shapeOf(texts: Texts, prefix = ''): Map<string, string> {
  return new Map(
    Object.entries(texts).flatMap(([key, text]) => {
      const path = `${prefix}${key.replace(/_(one|other)$/, '')}`;
      return typeof text === 'string'
        ? [
            [
              path,
              [...(text === WORDS_OF_THE_API ? '' : text).matchAll(/{{(\w+)}}/g)]
                .map((each) => each[1])
                .sort()
                .join(),
            ],
          ]
        : [...shapeOf(text, `${path}.`)];
    }),
  );
}

describe.each(areas)('%s', (area) => {
  test('says the same in both languages', () => {
    const korean = files[`./ko/${area}`];
    const english = files[`./en/${area}`];

    expect(english).toBeDefined();
    expect([...shapeOf(english ?? {}).keys()].sort()).toEqual(
      [...shapeOf(korean ?? {}).keys()].sort(),
    );
    expect(shapeOf(english ?? {})).toEqual(shapeOf(korean ?? {}));
  });
});

test('no English text is left alone', () => {
  const english = Object.keys(files).filter((path) => path.startsWith('./en/'));

  expect(english).toHaveLength(areas.length);
});

test('a language that was chosen stays, else the browser decides', () => {
  expect(preferredLanguage('en', ['ko-KR'])).toBe('en');
  expect(preferredLanguage(null, ['en-US', 'ko-KR'])).toBe('ko');
  expect(preferredLanguage(null, ['de-DE'])).toBe('en');
  expect(preferredLanguage('xx', ['ko'])).toBe('ko');
});
