/** What names a kept lab: what its VMs were made from, whatever the words. */
import { expect, test } from 'vitest';
import { labKeyText, type SavedUnder } from '../../../src/kept/lab-key.ts';
import { mapSpecs, type Plan } from '../../../src/plan/plan.ts';
import type { ResourceSpec } from '../../../src/resource/index.ts';
import { planOfText } from '../../fakes/plans.ts';

const text = 'vms: {vm1: {cpus: 1}, vm2:}\n';
const plan = planOfText(text);
const under: SavedUnder = { qemu: 'QEMU emulator version 7.2.0', cpu: [] };
const textOf = (of: Plan, host = under) => labKeyText(of, host);
const withSpecs = (change: (spec: ResourceSpec) => object) =>
  mapSpecs(plan, (spec) => ({ ...spec, ...change(spec) }) as ResourceSpec);

test.each<[string, Plan]>([
  ['another admin', withSpecs(({ kind }) => (kind === 'key-pair' ? { uid: 1234 } : {}))],
  [
    'keys in another order',
    mapSpecs(plan, (spec) => Object.fromEntries(Object.entries(spec).reverse()) as never),
  ],
  [
    'a machine in a unit of its own',
    withSpecs(({ kind }) => (kind === 'machine' ? { scope: { name: 's' } } : {})),
  ],
  [
    'a comment in a seed',
    withSpecs((spec) =>
      spec.kind === 'seed' ? { files: { ...spec.files, userData: `${spec.files.userData}# more\n` } } : {},
    ),
  ],
  ['other rules', withSpecs(({ kind }) => (kind === 'firewall' ? { hostPorts: ['80/tcp'] } : {}))],
])('%s: it is the same', (_, other) => {
  expect(JSON.stringify(other)).not.toEqual(JSON.stringify(plan));
  expect(textOf(other)).toEqual(textOf(plan));
});

test.each<[string, string]>([
  ['numbers, and so uids and addresses', textOf(planOfText(text, false, new Map([['vm1', 2]])))],
  [
    'a number whose address is asked for',
    textOf(planOfText('vms: {vm1: {cpus: 1, address: 192.168.6.1}, vm2:}\n', false, new Map([['vm1', 7]]))),
  ],
  ['memory', textOf(planOfText('vms: {vm1: {cpus: 1, memory: 256M}, vm2:}\n'))],
  ['packages', textOf(planOfText('vms: {vm1: {cpus: 1, packages: [tree]}, vm2:}\n'))],
  ['a disk', textOf(planOfText('vms: {vm1: {cpus: 1, disk: 11G}, vm2:}\n'))],
  ['a password that is given', textOf(planOfText('vms: {vm1: {cpus: 1, password: lesson}, vm2:}\n'))],
  ['QEMU', textOf(plan, { ...under, qemu: 'QEMU emulator version 10.0.2' })],
  ['the CPU that guests have seen', textOf(plan, { ...under, cpu: ['AMD EPYC'] })],
])('another: %s', (_, text) => {
  expect(text).not.toEqual(textOf(plan));
});
