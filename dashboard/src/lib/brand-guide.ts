import { LineCounter, parseDocument } from 'yaml';

/** What the API takes, in characters. */
export const GUIDE_MAX_CHARS = 20_000;
/** What is read of it for a run: with more, or deeper, the research of every run fails. */
export const GUIDE_MAX_ENTRIES = 1000;
export const GUIDE_MAX_DEPTH = 12;

const MAX_ALIASES = 100;

/** One thing that the guide says: the keys below its section, and the text. */
export interface GuideEntry {
  path: readonly string[];
  text: string;
}

/** Everything under one first key; without a name where the guide has no keys. */
export interface GuideSection {
  title: string;
  entries: readonly GuideEntry[];
}

export interface GuideProblem {
  kind: 'tooLong' | 'tooMany' | 'tooDeep' | 'tab' | 'indent' | 'quote' | 'start' | 'colon' | 'yaml';
  /** From 1; 0 when it is about the whole. */
  line: number;
  /** The words of the parser, for what no sentence of ours is about. */
  detail: string;
}

export interface GuideReading {
  sections: readonly GuideSection[];
  chars: number;
  problem: GuideProblem | null;
}

/** Read a brand guide as the researcher does: any YAML, each value as it is spelt, by sections. */
export function readingOf(guide: string): GuideReading {
  const chars = [...guide].length;
  const lines = new LineCounter();
  const document = parseDocument(guide, {
    version: '1.1',
    schema: 'failsafe',
    uniqueKeys: false,
    lineCounter: lines,
  });
  const [error] = document.errors;
  if (error !== undefined) {
    const line = error.linePos?.[0].line ?? 0;
    const problem = { kind: kindOf(error.code), line, detail: firstLine(error.message) };
    return { sections: [], chars, problem };
  }
  try {
    const content: unknown = document.toJS({ maxAliasCount: MAX_ALIASES, mapAsMap: true });
    const entries = [...entriesOf(content, [], 0)];
    return { sections: sectionsOf(entries), chars, problem: excessOf(chars, entries.length) };
  } catch (failure) {
    return { sections: [], chars, problem: problemOf(failure) };
  }
}

class DepthError extends Error {}

function* entriesOf(node: unknown, path: readonly string[], depth: number): Generator<GuideEntry> {
  if (depth > GUIDE_MAX_DEPTH) {
    throw new DepthError();
  }
  if (node instanceof Map) {
    for (const [key, value] of node) {
      yield* entriesOf(value, [...path, String(key)], depth + 1);
    }
  } else if (Array.isArray(node)) {
    for (const value of node) {
      yield* entriesOf(value, path, depth + 1);
    }
  } else if (typeof node === 'string' && node.trim() !== '') {
    yield { path, text: node.trim() };
  }
}

function sectionsOf(entries: readonly GuideEntry[]): GuideSection[] {
  const sections: { title: string; entries: GuideEntry[] }[] = [];
  for (const { path, text } of entries) {
    const [title = '', ...below] = path;
    if (sections.at(-1)?.title !== title) {
      sections.push({ title, entries: [] });
    }
    sections.at(-1)?.entries.push({ path: below, text });
  }
  return sections;
}

function excessOf(chars: number, entries: number): GuideProblem | null {
  if (chars > GUIDE_MAX_CHARS) {
    return { kind: 'tooLong', line: 0, detail: '' };
  }
  return entries > GUIDE_MAX_ENTRIES ? { kind: 'tooMany', line: 0, detail: '' } : null;
}

function problemOf(failure: unknown): GuideProblem {
  return failure instanceof DepthError
    ? { kind: 'tooDeep', line: 0, detail: '' }
    : { kind: 'yaml', line: 0, detail: firstLine(String((failure as Error).message)) };
}

function kindOf(code: string): GuideProblem['kind'] {
  switch (code) {
    case 'TAB_AS_INDENT':
      return 'tab';
    case 'BAD_INDENT':
      return 'indent';
    case 'MISSING_CHAR':
      return 'quote';
    case 'BAD_SCALAR_START':
      return 'start';
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'colon';
    default:
      return 'yaml';
  }
}

/** Without the place, which is told otherwise, and without the lines of the text that it quotes. */
function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');
}
