import { describe, expect, test } from 'vitest';
import { GUIDE_MAX_CHARS, readingOf } from './brand-guide';

const GUIDE = `
audience: curious beginners
tone: warm
avoid: [exaggeration, jargon]
ending:
  words: See you tomorrow
  call: no
`;

describe('a brand guide', () => {
  test('is shown by its first keys, with the keys below', () => {
    const { sections, problem } = readingOf(GUIDE);

    expect(problem).toBeNull();
    expect(sections.map((section) => section.title)).toEqual([
      'audience',
      'tone',
      'avoid',
      'ending',
    ]);
    expect(sections[2]?.entries.map((entry) => entry.text)).toEqual(['exaggeration', 'jargon']);
    expect(sections[3]?.entries[0]).toEqual({ path: ['words'], text: 'See you tomorrow' });
  });

  test('keeps the spelling of what looks like something else', () => {
    const { sections } = readingOf('call: no\nat: 09:30\nversion: 1.0\n');

    expect(sections.map((section) => section.entries[0]?.text)).toEqual(['no', '09:30', '1.0']);
  });

  test('may be a plain text or a list', () => {
    expect(readingOf('Warm and clear.').sections).toEqual([
      { title: '', entries: [{ path: [], text: 'Warm and clear.' }] },
    ]);
    expect(readingOf('- warm\n- clear').sections[0]?.entries).toHaveLength(2);
  });

  test('may be empty', () => {
    expect(readingOf('')).toEqual({ sections: [], chars: 0, problem: null });
    expect(readingOf('# nothing yet\n').problem).toBeNull();
  });
});

describe('a mistake', () => {
  test.each([
    ['a: 1\n\tb: 2\n', 'tab', 2],
    ['a:\n  - b\n c: 1\n', 'indent', 3],
    ['a: 1\nb: "open\n', 'quote', 3],
    ['a: 1\nb: @home\n', 'start', 2],
    ['tone: calm: and clear\n', 'colon', 1],
    ['a: 1\n---\nb: 2\n', 'yaml', 2],
  ])('in %j is told with its line', (guide, kind, line) => {
    expect(readingOf(guide).problem).toMatchObject({ kind, line });
  });

  test('of an alias that is nowhere is told', () => {
    expect(readingOf('a: *nowhere').problem?.kind).toBe('yaml');
  });
});

describe('what is too much for a run is told before it is saved', () => {
  test('by its characters, of which an emoji is one', () => {
    expect(readingOf('🌊'.repeat(GUIDE_MAX_CHARS)).problem).toBeNull();
    expect(readingOf('🌊'.repeat(GUIDE_MAX_CHARS + 1)).problem?.kind).toBe('tooLong');
  });

  test('by its entries', () => {
    expect(readingOf('- a\n'.repeat(1000)).problem).toBeNull();
    expect(readingOf('- a\n'.repeat(1001)).problem?.kind).toBe('tooMany');
  });

  test('by its depth', () => {
    expect(readingOf(`${'['.repeat(12)}a${']'.repeat(12)}`).problem).toBeNull();
    expect(readingOf(`${'['.repeat(13)}a${']'.repeat(13)}`).problem?.kind).toBe('tooDeep');
  });
});
