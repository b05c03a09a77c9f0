/** Addresses and names that some programs read as another: refused, or kept exactly. */
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseLab } from '../../../src/lab/validate.ts';
import { specsOf } from '../../../src/plan/plan.ts';
import { planLab } from '../../../src/plan/plan-lab.ts';
import { facts, roots } from '../../fakes/facts.ts';

/** inet_aton(3) takes most of these for addresses. */
const noAddresses = [
  ...[
    '192.168.06.1',
    '192.168.6.01',
    '0192.168.6.1',
    '0300.0250.6.1',
    '0xc0.0xa8.6.1',
    '0xc0a80601',
    '3232237057',
    '192.168.1537',
  ],
  ...[
    '1.2',
    '1.2.3',
    '1',
    '',
    ' ',
    '192.168.6',
    '192.168.6.1.',
    '.192.168.6.1',
    '192.168.6.1.1',
    '192..6.1',
    '192.168.6.256',
    '192.168.6.-1',
  ],
  ...[
    '192.168.6.1 ',
    ' 192.168.6.1',
    '192.168.6.1\n',
    '192.168.6.1%eth0',
    '192.168.6.1/24',
    '192.168.6.1/33',
    '192.168.6.1:80',
  ],
  ...[
    '::1',
    '::',
    'fe80::1',
    '2001:db8::1',
    '::ffff:192.168.6.1',
    '::192.168.6.1',
    '[::1]',
    '1e3.1.1.1',
    '１92.168.6.1',
    '١٩٢.168.6.1',
    '192。168。6。1',
  ],
  ...[
    'localhost',
    'vm1',
    'no',
    '*',
    '192.168.6.*',
    '192.168.6.1-9',
    '0x1.2.3.4',
    '1_0.0.0.1',
    '+1.2.3.4',
    '1.2.3.4e0',
  ],
];
const noSubnets = [
  ...[
    '/0',
    '/1',
    '/7',
    '/31',
    '/32',
    '/33',
    '/024',
    '/24 ',
    '/-1',
    '/2e1',
    '/0x18',
    '/255.255.255.0',
    '/',
    '',
    '/24/24',
    ' /24',
  ].map((end) => `192.168.6.10${end}`),
  ...[
    '0.0.0.0/24',
    '0.1.2.3/8',
    '127.0.0.1/8',
    '169.254.1.1/16',
    '224.0.0.1/24',
    '240.0.0.1/8',
    '255.255.255.255/24',
    '192.168.06.10/24',
    'fd00::1/64',
    '1.2/24',
  ],
  ...[
    '192.168.6.0/24',
    '192.168.6.255/24',
    '10.0.0.0/8',
    '10.255.255.255/8',
    '192.168.6.4/30',
    '192.168.6.7/30',
  ],
];

const answer = (document: unknown) =>
  parseLab(JSON.stringify(document, undefined, 1), 'lab.yaml', { sandbox: false });

const fields: Readonly<Record<string, (address: string) => unknown>> = {
  'a VM’s address': (address) => ({ vms: { vm1: { address } } }),
  'a resolver': (address) => ({ networks: [{ dns: [address] }], vms: { vm1: {} } }),
  'a line of hosts': (address) => ({ vms: { vm1: { hosts: { x: address } } } }),
};

describe.each(Object.entries(fields))('%s', (_, document) => {
  test.each(noAddresses)('cannot be %j', (address) => {
    const parsed = answer(document(address));
    expect(parsed.ok ? [] : parsed.diagnostics.map(({ position }) => position.file)).toContain('lab.yaml');
  });
});

test.each(noSubnets)('a network’s address cannot be %j', (address) => {
  const parsed = answer({ networks: [{ address }], vms: { vm1: {} } });
  expect(parsed.ok ? [] : parsed.diagnostics.map(({ position }) => position.line)).toEqual([4]);
});

test.each(['192.168.6.0', '192.168.6.255'])(
  'a VM’s address cannot be %s, the network’s own or for all',
  (address) => {
    expect(answer({ vms: { vm1: { address } } }).ok).toBe(false);
  },
);

test.each([
  ['192.168.6.6/30', '192.168.6.5'],
  ['10.0.0.1/8', '10.255.255.254'],
  ['172.31.255.254/12', '172.16.0.1'],
])('the first and the last of %s can be used: %s', (network, address) => {
  expect(answer({ networks: [{ address: network }], vms: { vm1: { address } } }).ok).toBe(true);
});

/** YAML 1.1 reads most of these as something else than text. */
const names = [
  'no',
  'on',
  'off',
  'yes',
  'y',
  'n',
  'true',
  'false',
  'null',
  '123',
  '0',
  '00',
  '017',
  '0x1f',
  '0b1',
  '1e3',
  '0o17',
  '12-30-45',
  'nan',
  'inf',
  '2001-01-01',
];

test.each(names)('the host name %s reaches the guest, and the others, exactly', (hostname) => {
  const parsed = answer({ vms: { one: { hostname }, two: { hosts: { [`${hostname}x`]: '9.9.9.9' } } } });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.diagnostics));
  const plan = planLab({ lab: parsed.lab, facts, roots, date: 0 });
  const seeds = specsOf(plan).flatMap((spec) => (spec.kind === 'seed' ? [spec.files] : []));
  const read = (text = '') =>
    parse(text, { version: '1.1' }) as { write_files: { path: string; content: string }[] };
  expect(read(seeds[0]?.userData)).toMatchObject({ hostname });
  expect(read(seeds[0]?.metaData)).toMatchObject({ 'local-hostname': hostname });
  const [own, others] = seeds.map(
    ({ userData }) => read(userData).write_files.find(({ path }) => path === '/etc/hosts')?.content,
  );
  expect(own).toContain(`127.0.0.1 ${hostname}\n`);
  expect(others).toContain(`192.168.6.1 ${hostname}\n`);
  expect(others).toContain(`9.9.9.9 ${hostname}x\n`);
});
