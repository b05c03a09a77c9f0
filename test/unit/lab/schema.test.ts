import { expect, test } from 'vitest';
import { labReference } from '../../../src/lab/reference.ts';
import { labJsonSchema, labSchema } from '../../../src/lab/schema.ts';

interface Node {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly required?: readonly string[];
}

const schema = JSON.parse(JSON.stringify(labJsonSchema())) as Node;

/** Every key that may be written, with its node, as "vms.*.files[].path". */
function keys(node: Node, path = ''): (readonly [string, Node])[] {
  const own = Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const key = path === '' ? name : `${path}.${name}`;
    return [[key, child] as const, ...keys(child, key)];
  });
  const named =
    typeof node.additionalProperties === 'object' ? keys(node.additionalProperties, `${path}.*`) : [];
  const listed = node.items === undefined ? [] : keys(node.items, `${path}[]`);
  return [...own, ...named, ...listed, ...(node.anyOf ?? []).flatMap((one) => keys(one, path))];
}

const all = keys(schema);

test('every key says what it means', () => {
  expect(all.filter(([, { description }]) => description === undefined).map(([key]) => key)).toEqual([]);
});

test('the keys are those of the contract', () => {
  const ofVm =
    'hostname address mac cpus memory disk nic bus boot user groups packages files run hosts ssh_keys password cloud_config';
  expect(all.map(([key]) => key)).toEqual([
    'name',
    'image',
    ...['host', 'host.forwarding', 'networks'],
    ...['name', 'address', 'nat', 'uplink', 'dns', 'mtu', 'isolate', 'host_ports', 'taps'].map(
      (key) => `networks[].${key}`,
    ),
    'defaults',
    ...['cpus', 'memory', 'disk', 'nic', 'bus', 'boot', 'user', 'groups'].map((key) => `defaults.${key}`),
    ...['verify', 'verify.internet', 'vms'],
    ...ofVm
      .split(' ')
      .flatMap((key) =>
        key === 'files'
          ? ['vms.*.files', ...['path', 'content', 'mode'].map((one) => `vms.*.files[].${one}`)]
          : [`vms.*.${key}`],
      ),
  ]);
});

test('editors are told of what must be written alone, and of every misspelt key', () => {
  expect(schema).toMatchObject({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    required: ['vms'],
    additionalProperties: false,
  });
  const maps = all.filter(([, node]) => node.properties !== undefined);
  expect(maps.filter(([, { additionalProperties }]) => additionalProperties !== false)).toEqual([]);
  expect(maps.filter(([, { required }]) => required !== undefined)).toEqual([]);
});

test('the defaults are themselves right', () => {
  const once = labSchema.parse({ vms: { vm1: null } });
  expect(labSchema.parse(once)).toEqual(once);
});

test('the reference has a row for every key', () => {
  const rows = labReference().split('\n').slice(2);
  expect(rows.map((row) => row.split('`')[1])).toEqual(all.map(([key]) => key.replace('vms.*', 'vms.NAME')));
  expect(rows).toContainEqual(
    "| `networks[].address` | text | `192.168.6.10/24` | the host's own address on the bridge, and the guests' gateway |",
  );
});

test('each row has four cells', () => {
  for (const row of labReference().split('\n')) {
    expect(row.replaceAll('\\|', '').split('|')).toHaveLength(6);
  }
});
