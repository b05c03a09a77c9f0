import fc from 'fast-check';
import { expect, test } from 'vitest';
import { suggest } from '../../../src/lab/suggest.ts';

const known = ['name', 'image', 'host', 'networks', 'memory', 'address', 'mac', 'ssh_keys', 'cloud_config'];

test.each([
  ['imge', 'image'],
  ['adress', 'address'],
  ['memroy', 'memory'],
  ['network', 'networks'],
  ['Name', 'name'],
  ['sshkeys', 'ssh_keys'],
  ['cloud-config', 'cloud_config'],
])('%s means %s', (typed, meant) => expect(suggest(typed, known)).toBe(meant));

test.each(['', 'x', 'gateway', 'completely-else'])('%j means nothing known', (typed) => {
  expect(suggest(typed, known)).toBeUndefined();
});

test('with nothing known there is nothing to suggest', () => {
  expect(suggest('name', [])).toBeUndefined();
});

test('a known key means itself, also with one letter changed', () => {
  fc.assert(
    fc.property(fc.constantFrom(...known), fc.nat(20), (key, at) => {
      const index = at % key.length;
      expect(suggest(key, known)).toBe(key);
      expect(known).toContain(suggest(`${key.slice(0, index)}#${key.slice(index + 1)}`, known));
    }),
  );
});
