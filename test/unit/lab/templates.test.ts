/** The labs that `labnet init` offers. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Lab } from '../../../src/lab/lab.ts';
import { labReference } from '../../../src/lab/reference.ts';
import { parseLab } from '../../../src/lab/validate.ts';
import { shipped } from '../../../src/paths.ts';
import { planOfSize, planOfText } from '../../fakes/plans.ts';

const directory = shipped.labTemplates;
const textOf = (name: string) => readFileSync(`${directory}${name}`, 'utf8');

function lab(name: string): Lab {
  const parsed = parseLab(textOf(name), name, { sandbox: false });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.diagnostics));
  return parsed.lab;
}

describe.each(readdirSync(directory))('%s', (name) => {
  test('is right', () => expect(lab(name).vms.length).toBeGreaterThan(0));

  test('begins with the line for editors, and says how to make its schema', () => {
    const [first, ...rest] = textOf(name).split('\n');
    expect(first).toBe('# yaml-language-server: $schema=./lab.schema.json');
    expect(rest.join('\n')).toContain('labnet schema > lab.schema.json');
  });
});

test('the default is --vms 2, written out', () => {
  expect(planOfText(textOf('default.yaml'))).toEqual(planOfSize(2, false));
});

test('the default shows every key there is', () => {
  const text = textOf('default.yaml');
  const keys = [...labReference().matchAll(/^\| `(?:\w+(?:\[\])?\.)*(\w+)` \|/gm)].map(([, key = '']) => key);
  expect(keys.length).toBeGreaterThan(40);
  expect(keys.filter((key) => !new RegExp(`\\b${key}:`).test(text))).toEqual([]);
});

test('the lab sheet is the lab sheet', () => {
  const { forwarding, network, vms } = lab('lab-sheet.yaml');
  expect(forwarding).toBe('global');
  expect(network).toMatchObject({ name: 'br0', address: '192.168.6.10', prefix: 24, nat: true, taps: 'tap' });
  const common = { cpus: 2, memory: 512, nic: 'e1000', bus: 'ide', password: 'student' };
  expect(vms).toMatchObject([
    { ...common, name: 'vm1', hostname: 'vm1', address: '192.168.6.1', mac: '00:11:22:33:44:51' },
    { ...common, name: 'vm2', hostname: 'vm2', address: '192.168.6.2', mac: '00:11:22:33:44:52' },
  ]);
});

test('the isolated lab has no way out', () => {
  expect(lab('isolated.yaml').network.nat).toBe(false);
});

test('the services of web and db need nothing from outside', () => {
  const { vms } = lab('web-and-db.yaml');
  expect(vms.map(({ name, packages }) => [name, packages])).toEqual([
    ['web', []],
    ['db', []],
  ]);
  expect(vms.every(({ files, run }) => files.length > 0 && run.length > 0)).toBe(true);
});
