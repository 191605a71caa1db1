import { expect, test } from 'vitest';
import { behind, graphOf, inputsOf } from './step-graph';

const VIDEO = [
  { step: 'research', needs: [] },
  { step: 'script', needs: ['research'] },
  { step: 'seo', needs: ['script'] },
  { step: 'media', needs: ['script'] },
  { step: 'edit', needs: ['script', 'seo', 'media'] },
];

test('a step stands behind all that it needs', () => {
  const graph = graphOf(VIDEO);

  expect(graph.places).toContainEqual({ step: 'media', column: 2, row: 1 });
  expect(graph.places).toContainEqual({ step: 'edit', column: 3, row: 0 });
  expect([graph.columns, graph.rows]).toEqual([4, 2]);
});

test('an edge that follows from others is not drawn', () => {
  expect(graphOf(VIDEO).edges).not.toContainEqual(['script', 'edit']);
  expect(graphOf(VIDEO).edges).toHaveLength(5);
});

test('what runs again takes the outputs of what does not', () => {
  const again = behind(VIDEO, 'media');

  expect(again).toEqual(['media', 'edit']);
  expect(inputsOf(VIDEO, again)).toEqual(['script', 'seo']);
});
