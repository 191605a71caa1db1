import { expect, test } from 'vitest';
import readme from '../../README.md?raw';

const sources = import.meta.glob<string>(['./*.ts', '!./*.test.ts', '!./schema.d.ts'], {
  eager: true,
  import: 'default',
  query: '?raw',
});
const hooks = Object.values(sources).flatMap((source) =>
  [...source.matchAll(/^export function (use\w+)/gm)].map((found) => found[1]),
);

test('the README tells of every hook what it asks and when', () => {
  expect(hooks).toContain('useRuns');
  expect(hooks.filter((hook) => !readme.includes(`\`${hook}\``))).toEqual([]);
});
