import { expect, test } from 'vitest';
import { csvOf } from './csv';

test('a table is written with what its cells need', () => {
  const rows = [
    ['주제', 'cost'],
    ['왜, 하늘은 "파란가"?', 0.000123],
    ['two\nlines', null],
  ];

  expect(csvOf(rows)).toBe(
    '\ufeff주제,cost\r\n"왜, 하늘은 ""파란가""?",0.000123\r\n"two\nlines",\r\n',
  );
});

test('a text that a spreadsheet would run is kept a text', () => {
  expect(csvOf([['=1+1', '@a', -5]])).toBe("\ufeff'=1+1,'@a,-5\r\n");
});
