import { describe, expect, test } from 'vitest';
import { mirrorsOf } from '../../../src/image-build/mirrors.ts';
import { recipe } from './sample-recipe.ts';

const one = { archive: 'http://one.test/debian', security: 'http://one.test/security' };

test('the host’s own mirror stands where the recipe says "host"', () => {
  const own = { archive: 'http://own.test/debian', security: 'http://sec.test/debian-security' };
  expect(mirrorsOf(recipe, undefined, own)).toEqual([own, one]);
});

test('a host without a security mirror gets the neighbour of its archive', () => {
  const [first] = mirrorsOf(recipe, undefined, { archive: 'http://own.test/debian' });
  expect(first?.security).toBe('http://own.test/debian-security');
});

test('a host that has no mirror of Debian is passed over', () => {
  expect(mirrorsOf(recipe, undefined, undefined)).toEqual([one]);
});

test('no mirror is tried twice', () => {
  expect(mirrorsOf(recipe, undefined, { ...one, security: 'http://sec.test/x' })).toEqual([
    { ...one, security: 'http://sec.test/x' },
  ]);
});

test('a given mirror is the only one', () => {
  expect(mirrorsOf(recipe, 'https://given.test/debian/', { archive: 'http://own.test/debian' })).toEqual([
    { archive: 'https://given.test/debian', security: 'https://given.test/debian-security' },
  ]);
});

test('a recipe for the host’s mirror alone cannot be built without one', () => {
  expect(() => mirrorsOf({ ...recipe, mirrors: ['host'] }, undefined, undefined)).toThrow(
    expect.objectContaining({ code: 'host-cannot' }),
  );
});

describe('refuses as a mirror', () => {
  test.each([
    '',
    'mirror.example.org',
    'file:///srv/debian',
    'ftp://x/debian',
    'http://',
    'http://x/debian main',
    'http://x/\nsuite',
    'http://x/[trusted=yes]',
  ])('%j', (mirror) => {
    expect(() => mirrorsOf(recipe, mirror, undefined)).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});
