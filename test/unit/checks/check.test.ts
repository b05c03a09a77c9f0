/** The vocabulary of checks: what may be written, what may not, and that labnet's own checks are written in it. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkSchema, type WrittenCheck } from '../../../src/checks/check.ts';
import { checksOf } from '../../../src/checks/planned.ts';
import { checkLine } from '../../../src/checks/words.ts';
import { planOfSize, planOfText } from '../../fakes/plans.ts';

const right: readonly WrittenCheck[] = [
  { title: 'a reaches b', from: 'a', ping: 'b' },
  { from: 'a', port: 'db:5432' },
  { from: 'b', http: { url: 'http://web/', status: 200, body: '/hello/' }, within: 30 },
  { from: 'a', dns: { name: 'web.lab', type: 'A', is: ['10.0.2.12'], server: '10.0.2.1' } },
  { vm: 'r1', route: { to: '10.0.2.0/24', via: '10.0.2.1', dev: 'eth1' } },
  { vm: 'r1', address: { dev: 'eth0', is: ['10.0.2.1/24'] } },
  { vm: 'web', service: { nginx: { enabled: true, running: true } } },
  {
    vm: 'web',
    file: { '/etc/ssh/sshd_config': { mode: '0644', owner: 'root', contains: ['PermitRootLogin no'] } },
  },
  { vm: 'b', command: { run: 'lvs --noheadings data/home', exit: 0, stdout: '/20.00g/' } },
  { vm: 'a', 'kernel-param': { 'net.ipv4.ip_forward': '0' } },
  { host: true, ping: '10.0.2.1' },
];

test.each(right)('may be written: %j', (check) => {
  expect(checkSchema.safeParse(check).error).toBeUndefined();
});

test('each verb is among them, and the guest’s shell has an answer to it', () => {
  const whose = ['id', 'title', 'vm', 'from', 'host', 'within'];
  const verbs = Object.keys(checkSchema.shape).filter((key) => !whose.includes(key));
  const text = (file: string) => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
  const asked = right.map((check) => checkLine(checkSchema.parse({ id: 'it', ...check }), 1).split(' ')[3]);
  expect(verbs).toHaveLength(10);
  for (const verb of verbs) {
    const word = verb.replace('-', '_');
    expect(asked).toContain(word);
    expect(text('guest/checks.sh')).toMatch(new RegExp(`^ask_${word}\\(\\)`, 'm'));
  }
});

test.each([
  ['no verb', { from: 'a', title: 'x' }, 'exactly one verb'],
  ['two verbs', { from: 'a', ping: 'b', port: 'b:80' }, 'exactly one verb'],
  ['nobody who is asked', { ping: 'b' }, 'vm, from or host'],
  ['two who are asked', { vm: 'a', from: 'a', ping: 'b' }, 'vm, from or host'],
  ['on, which YAML 1.1 reads as true', { on: 'a', ping: 'b' }, 'on'],
  ['an option in place of a host', { from: 'a', ping: '-f' }, 'a name or an address'],
  ['a port without a number', { from: 'a', port: 'b' }, 'HOST:PORT'],
  ['two files', { vm: 'a', file: { '/a': {}, '/b': {} } }, 'one entry'],
  ['a path that is not absolute', { vm: 'a', file: { a: {} } }, 'an absolute path'],
  ['a name and servers', { vm: 'a', dns: { name: 'b', servers: [] } }, 'either name or servers'],
  ['another program than a web server', { from: 'a', http: { url: 'ftp://b/' } }, 'http://'],
  ['an unknown facet', { vm: 'a', service: { x: { started: true } } }, 'started'],
])('may not be written: %s', (_, check, why) => {
  const { error } = checkSchema.safeParse(check);
  expect(JSON.stringify(error?.issues)).toContain(why);
});

test.each([
  ['two VMs', planOfSize(2, false)],
  ['a sandbox', planOfSize(2, true)],
  ['run lines', planOfText('vms: {vm1: {run: [ls], hosts: {printer: 192.168.6.77}}}\n')],
  ['no way out', planOfText('networks: [{name: br0, nat: false}]\nvms: {vm1: }\n')],
  ['an address to try', planOfText('verify: {internet: "192.0.2.1:80"}\nvms: {vm1: }\n')],
])("labnet's own checks of %s are written in it, each with an id of its own", (_, plan) => {
  for (const guest of plan.guests) {
    const checks = checksOf(guest, plan);
    for (const check of checks) expect(checkSchema.parse(check)).toEqual(check);
    expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
  }
});

test('whatever the other VMs are, a VM asks each of them, by address and by name', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), (count) => {
      const vms = Array.from({ length: count }, (_, number) => `m${number}: `);
      const plan = planOfText(`vms: {${vms.join(', ')}}\n`);
      for (const guest of plan.guests) {
        const asked = checksOf(guest, plan).flatMap(({ ping }) => ping ?? []);
        const others = plan.guests.filter(({ name }) => name !== guest.name);
        expect(asked).toEqual(
          expect.arrayContaining(others.flatMap(({ hostname, address }) => [hostname, address])),
        );
        expect(asked).not.toContain(guest.address);
      }
    }),
    { numRuns: 10 },
  );
});
