import fc from 'fast-check';
import type { Lab, Vm } from '../../../src/lab/lab.ts';
import type { SeedInput } from '../../../src/seed/seed-input.ts';

const vm: Vm = {
  name: 'vm1',
  hostname: 'vm1',
  address: undefined,
  mac: undefined,
  cpus: 2,
  memory: 512,
  disk: 10 * 2 ** 30,
  nic: 'virtio',
  bus: 'virtio',
  boot: 'direct',
  user: 'student',
  groups: [],
  packages: [],
  files: [],
  run: [],
  hosts: {},
  sshKeys: [],
  password: undefined,
  cloudConfig: {},
};

const lab: Lab = {
  name: 'lab',
  image: 'debian-11',
  forwarding: 'interface',
  network: {
    name: 'br0',
    address: '192.168.6.10',
    prefix: 24,
    nat: true,
    uplink: 'auto',
    dns: 'auto',
    mtu: 'auto',
    isolate: 'none',
    hostPorts: [],
    taps: 'tap',
  },
  vms: [vm],
  sandbox: false,
  probeTarget: undefined,
};

/** The seed of the first of two VMs, with what a test changes. */
export function seedInput(vmChanges: Partial<Vm> = {}, changes: Partial<SeedInput> = {}): SeedInput {
  return {
    vm: { ...vm, ...vmChanges },
    lab,
    instanceId: 'lab-vm1-0123abcd',
    address: '192.168.6.1',
    mac: '52:54:00:12:34:56',
    byMac: false,
    nameservers: ['192.0.2.53', '192.0.2.54'],
    mtu: 1450,
    hosts: [{ name: 'vm2', address: '192.168.6.2' }],
    clientKey: '@@labnet:/lab/id_ed25519.pub@@',
    hostKeyPrivate: '@@labnet:/lab/vm1/key@@\n',
    hostKeyPublic: '@@labnet:/lab/vm1/key.pub@@',
    passwordHash: '@@labnet:crypt(salt):/lab/vm1/password@@',
    ...changes,
  };
}

/** Text that YAML, handlebars, JSON or a careless template could take for something else. */
export const hostileTexts = [
  ...[
    '',
    ' ',
    'no',
    'on',
    'Yes',
    'null',
    '~',
    'true',
    '123',
    '0x1f',
    '010',
    '1e3',
    '1_000',
    '12:30:45',
    '2024-01-01',
  ],
  ...[
    '.inf',
    '.nan',
    '=',
    '<<',
    '-',
    '- a',
    '? a',
    'a: b',
    'a:',
    ': a',
    '# a',
    'a #b',
    '&a',
    '*a',
    '!a',
    '|',
    '>',
    '%a',
  ],
  ...['"', "'", '""', "''", '\\', '\\n', '\\u0000', '"\n}', '`', '[', ']', '{', '}', '[a, b]', '{a: b}', ','],
  ...['a\nb', 'a\r\nb', '\n', '\n\n', ' a', 'a ', '\ta', 'a\t', 'a\n---\nb', '...\n', '\nusers: []\n', '\r'],
  ...[
    '{{',
    '}}',
    '{{json x}}',
    '{{{x}}}',
    '{{!-- --}}',
    '\\{{x}}',
    '{{#each users}}',
    '$' + '{x}',
    '$x',
    '<%= x %>',
    '&amp;<b>',
  ],
  ...[
    '\0',
    '\x01\x1b',
    '\u00a0',
    '\u00ad',
    '\u2028',
    'a \u2029 b',
    '\ufeff',
    '\ufffe',
    '\uffff',
    '\ufffd',
    '\u202e',
  ],
  ...[
    'é',
    'ß',
    '日本語',
    '😀',
    '\u{10ffff}',
    '\u{1fffe}',
    'a\u0301',
    '__proto__',
    'constructor',
    'x'.repeat(5000),
  ],
  ...[
    'ssh-ed25519 AAAA+/== me@host',
    'a  b',
    '@',
    '@@',
    '$6$salt$hash',
    '%YAML 1.1',
    '#cloud-config',
    '## template: jinja',
  ],
];

/** Text that labnet refuses. */
export const refusedTexts = [
  '\u007f',
  'a\u0080',
  '\u0085',
  '\u009fb',
  '\ud800',
  'a\udc00b',
  '@@labnet:/etc/shadow@@',
  '@@labnet:',
];

export const hostileText = fc.oneof(
  fc.constantFrom(...hostileTexts),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.array(fc.constantFrom(...hostileTexts), { maxLength: 4 }).map((parts) => parts.join('')),
);

/** Any VM as far as its free text goes; names and addresses have shapes of their own. */
export const hostileVm: fc.Arbitrary<Partial<Vm>> = fc.record({
  hostname: fc.constantFrom('vm1', 'no', 'on', '123', '0x1f', '1e3', 'null', 'TRUE', 'y'),
  user: hostileText,
  packages: fc.array(hostileText, { maxLength: 3 }),
  files: fc.array(
    fc.record({ path: hostileText.map((text) => `/srv/${text}`), content: hostileText, mode: hostileText }),
    { maxLength: 3 },
  ),
  run: fc.array(hostileText, { maxLength: 3 }),
  sshKeys: fc.array(hostileText, { maxLength: 3 }),
  cloudConfig: fc.dictionary(
    hostileText,
    fc.anything({
      key: hostileText,
      values: [hostileText, fc.integer(), fc.double(), fc.boolean(), fc.constant(null)],
    }),
    { maxKeys: 3 },
  ),
});
