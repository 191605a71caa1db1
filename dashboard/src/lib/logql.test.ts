import { parser } from '@grafana/lezer-logql';
import { expect, test } from 'vitest';
import page from '../../../docs/LOGGING.md?raw';

/** What docs/LOGGING.md tells people to ask Loki. */
const QUERIES = [...page.matchAll(/```logql\n(.*?)\n```/gs)].map(([, query = '']) => query);

/** Tells whether Grafana's own grammar takes a query whole. */
function isLogql(query: string): boolean {
  let isWhole = query !== '';
  parser.parse(query).iterate({
    enter: ({ type }) => {
      isWhole &&= !type.isError;
    },
  });
  return isWhole;
}

test('there are queries to look at', () => {
  expect(QUERIES.length).toBeGreaterThan(5);
});

test.each(QUERIES)('%s is LogQL', (query) => {
  expect(isLogql(query)).toBe(true);
});

test.each([
  '{service="a"',
  '{service=a}',
  '{a="b"} | json |',
  'sum by (x {a="b"}',
  'rate({a="b"})',
])('%s is not', (query) => {
  expect(isLogql(query)).toBe(false);
});
