import { expect, test } from 'vitest';
import { hostFactsSchema } from '../../../src/plan/facts.ts';
import { facts } from '../../fakes/facts.ts';

test('the facts of an ordinary host pass', () => {
  for (const one of [
    facts,
    { ...facts, uplink: null },
    { ...facts, image: null },
    { ...facts, resolvers: ['2001:db8::53'] },
  ])
    expect(hostFactsSchema.safeParse(one).success).toBe(true);
});

test.each([
  ['a way that ends a rule', { ways: ['x" accept; #'] }],
  ['a way that is an option', { ways: ['-x'] }],
  ['a way that stands for all', { ways: ['all'] }],
  ['a gateway that is a rule', { uplink: { name: 'eth0', gateway: '1.2.3.4 accept', mtu: 1500 } }],
  ['half an MTU', { uplink: { name: 'eth0', gateway: '', mtu: 1.5 } }],
  ['a network that is a set', { localNetworks: ['10.0.0.0/8, 0.0.0.0/0'] }],
  ['a resolver with a line of its own', { resolvers: ['9.9.9.9\nsearch x'] }],
  ['an image that is JSON', { image: { name: 'x', path: 'json:{}' } }],
  ['an image with an option', { image: { name: 'x', path: '/a,b=c' } }],
  ['nobody’s uid', { invoker: 0xffff_ffff }],
  ['no uid', { invoker: Number.NaN }],
  ['something more', { more: 1 }],
])('%s does not', (_, changes) => {
  expect(hostFactsSchema.safeParse({ ...facts, ...changes }).success).toBe(false);
});
