/** Lab files that the schema itself describes: its JSON Schema, walked. A new field is in the tests by being in the schema. */
import fc from 'fast-check';
import { readPlainScalar } from '../../src/lab/plain-scalar.ts';
import { labJsonSchema } from '../../src/lab/schema.ts';

/** The parts of JSON Schema that the lab file's own uses. */
export interface SchemaNode {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly SchemaNode[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly propertyNames?: SchemaNode;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly $ref?: string;
}

export const labSchemaNode = labJsonSchema() as SchemaNode;

/** A place in the schema: `*` for any key of a map, `0` for any item of a list. */
export type SchemaPath = readonly string[];

/** Every place where text may stand, keys of maps included: those end in `*`. */
export function textPlaces(node: SchemaNode = labSchemaNode, path: SchemaPath = []): readonly SchemaPath[] {
  const open = typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined;
  return [
    ...((node.type === 'string' && !isClosed(node)) || node.$ref !== undefined ? [path] : []),
    ...(open === undefined ? [] : [[...path, '*'], ...textPlaces(open, [...path, 'vm1'])]),
    ...Object.entries(node.properties ?? {}).flatMap(([key, child]) => textPlaces(child, [...path, key])),
    ...(node.items === undefined ? [] : textPlaces(node.items, [...path, '0'])),
    ...(node.anyOf ?? []).flatMap((one) => textPlaces(one, path)),
  ];
}

const isClosed = (node: SchemaNode) => node.enum !== undefined || node.const !== undefined;

const small = 'abcdefghijklmnopqrstuvwxyz0123456789';
const word = (longest: number) =>
  fc.string({ unit: fc.constantFrom(...small), minLength: 1, maxLength: longest }).map((text) => `v${text}`);

/**
 * Texts that pass, by the name of their field. What the schema checks with code it cannot describe; each field of the
 * schema must be here, which a test holds.
 */
export const validTexts: Readonly<Record<string, fc.Arbitrary<string>>> = {
  name: word(12),
  'networks.name': fc.constantFrom('br0', 'br-lab', 'x1', 'lab0'),
  image: fc.constantFrom('debian-11', 'debian-12', 'mine_1.0'),
  'networks.address': fc.constantFrom('192.168.6.10/24', '10.66.0.1/16', '172.20.1.254/23', '10.1.2.3/8'),
  address: fc.integer({ min: 1, max: 200 }).map((n) => `192.168.6.${n}`),
  uplink: fc.constantFrom('auto', 'eth0', 'enp3s0', 'eth0.100', 'wlan_0'),
  dns: fc.constantFrom('9.9.9.9', '192.0.2.53', '10.0.0.53'),
  host_ports: fc.constantFrom('80/tcp', '53/udp', '53/tcp', '65535/udp', '1/tcp'),
  taps: fc.constantFrom('tap', 't-', 'lab-tap'),
  memory: fc.constantFrom('256M', '512M', '2G', '1T'),
  disk: fc.constantFrom('2G', '10G', '3000M', '16T'),
  user: fc.constantFrom('student', 'a', 'no', 'null', 'x_1-y', 'operator'),
  groups: fc.constantFrom('docker', 'adm', 'no', '_x'),
  internet: fc.constantFrom('www.debian.org:443', '203.0.113.80:80', 'no:1'),
  mac: fc.nat(0xffff).map((n) => `02:00:5e:00:${hex(n >> 8)}:${hex(n & 255)}`),
  packages: fc.constantFrom('nginx', 'g++', 'python3.9', 'on-1'),
  path: word(20).map((name) => `/srv/${name}`),
  mode: fc.constantFrom('0644', '600', '0755', '000', '7777'),
  hosts: fc.constantFrom('203.0.113.7', '9.9.9.9'),
  ssh_keys: word(10).map((comment) => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA${'a'.repeat(42)} ${comment}`),
  password: fc.constantFrom(
    'secret',
    'no',
    '$6$salt$IxDD3jeSOb5eB1CX5LBsqZFVkJdido3OUILO5Ifz5iwMuTS4XMS130MTSuDDl3aCI6WouIL9AjRbLCelDCy.g.',
    'it\'s "quoted"',
    ' ',
    '{{x}}',
    '日本',
  ),
  content: anyText(40),
  run: anyText(30).filter((text) => text.trim() !== ''),
  hostname: fc.constantFrom('no', 'on', 'null', '123', '0x1f', '017', '1e3', 'y', 'web', 'a-b'),
  cloud_config: configText(40),
};

/** The same, also when it stands without quotes: what else cloud-init reads then has tests of its own (plain-scalar.test.ts). */
function configText(maxLength: number): fc.Arbitrary<string> {
  return anyText(maxLength).filter((text) => {
    const read = readPlainScalar(text);
    return 'value' in read && read.value === text;
  });
}

/** Any text that a seed can carry. */
function anyText(maxLength: number): fc.Arbitrary<string> {
  return fc
    .oneof(
      fc.string({ unit: 'grapheme', maxLength }),
      fc.string({ unit: 'binary', maxLength }),
      fc.constantFrom(
        'a: b',
        '- x',
        '# c',
        '{{json x}}',
        '%',
        '&a',
        '*a',
        '!t',
        '\ufeff',
        '\u2028',
        '\ufffe',
        'EOF',
        "'",
      ),
    )
    .map((text) => text.replaceAll(/(?![\t\n])[\p{Cc}\p{Cs}]/gu, '').replaceAll('@@labnet:', ''));
}

const hex = (byte: number) => byte.toString(16).padStart(2, '0');

/** The text arbitrary for a place: by its whole path first, then by its last name. */
export function validTextAt(path: readonly string[]): fc.Arbitrary<string> {
  const names = path.filter((part) => !/^\d+$/.test(part));
  const [last = '', parent = ''] = [names.at(-1), names.at(-2)];
  const inConfig = names.includes('cloud_config') ? validTexts.cloud_config : undefined;
  const found = inConfig ?? validTexts[`${parent}.${last}`] ?? validTexts[last] ?? validTexts[parent];
  if (found === undefined) throw new Error(`test/setup/lab-arbitrary.ts knows no text for ${path.join('.')}`);
  return found;
}

/** Valid values of a node; maps get up to three keys. */
function anyOf(node: SchemaNode, path: readonly string[]): fc.Arbitrary<unknown> {
  if (path.at(-1) === 'cloud_config') return cloudConfig;
  if (node.const !== undefined) return fc.constant(node.const);
  if (node.enum !== undefined) return fc.constantFrom(...node.enum);
  if (node.anyOf !== undefined) return fc.oneof(...node.anyOf.map((one) => anyOf(one, path)));
  if (node.type === 'null') return fc.constant(null);
  if (node.type === 'boolean') return fc.boolean();
  if (node.type === 'integer')
    return fc.integer({ min: node.minimum ?? 0, max: Math.min(node.maximum ?? 9, 9_000) });
  if (node.type === 'string') return validTextAt(path);
  if (node.type === 'array') {
    const item = anyOf(node.items ?? {}, [...path, '0']);
    return fc.uniqueArray(item, {
      minLength: Math.max(node.minItems ?? 0, 0),
      maxLength: node.maxItems ?? 3,
      selector: (one) => (typeof one === 'object' && one !== null && 'path' in one ? one.path : one),
    });
  }
  if (typeof node.additionalProperties === 'object') {
    const minKeys = path.at(-1) === 'vms' ? 1 : 0;
    const value = anyOf(node.additionalProperties, [...path, 'hosts']);
    return fc.dictionary(word(8), path.at(-1) === 'vms' ? anyOf(node.additionalProperties, path) : value, {
      minKeys,
      maxKeys: 3,
      noNullPrototype: true,
    });
  }
  const entries = Object.entries(node.properties ?? {});
  return fc.record(Object.fromEntries(entries.map(([key, child]) => [key, anyOf(child, [...path, key])])), {
    requiredKeys: [...(node.required ?? [])],
    noNullPrototype: true,
  });
}

const cloudConfig = fc.dictionary(
  word(10).map((key) => `x-${key}`),
  fc.oneof(configText(40), fc.integer(), fc.boolean(), fc.array(configText(20), { maxLength: 3 })),
  { maxKeys: 3, noNullPrototype: true },
);

/** What the schema allows, though a lab as a whole may forbid it: two VMs of one host name, an address outside. */
export const labDocument = anyOf(labSchemaNode, []) as fc.Arbitrary<Readonly<Record<string, unknown>>>;
