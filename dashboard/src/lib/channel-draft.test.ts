import { expect, test } from 'vitest';
import { idOf, isChannelId, nameProblem } from './channel-draft';

test('an id is made of what a name has of Latin letters', () => {
  expect(idOf('My Science 1!')).toBe('my-science-1');
  expect(idOf('Café — Nº 5')).toBe('cafe-no-5');
  expect(idOf('3 minutes')).toBe('minutes');
  expect(idOf('과학 1분')).toBe('');
  expect(isChannelId(idOf(`${'long '.repeat(20)}`))).toBe(true);
});

test('an id begins with a letter and has at most 32 of a few characters', () => {
  expect(isChannelId('science_1-b')).toBe(true);
  expect(['', '1a', 'Science', 'a b', 'a'.repeat(33)].some(isChannelId)).toBe(false);
});

test('a name has something in it, and not too much', () => {
  expect(nameProblem('  ')).toBe('empty');
  expect(nameProblem('🌊'.repeat(100))).toBeNull();
  expect(nameProblem('🌊'.repeat(101))).toBe('long');
});
