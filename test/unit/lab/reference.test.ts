import { describe, expect, test } from 'vitest';
import { labReference } from '../../../src/lab/reference.ts';
import { labSchema } from '../../../src/lab/schema.ts';

const [head, rule, ...lines] = labReference().split('\n');
const rows = lines.map((line) =>
  line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim()),
);
const row = (key: string) => rows.find(([cell]) => cell === `\`${key}\``)?.slice(1);

/** What a lab file without any of the keys has for `networks[].mtu`. */
function fallback(key: string): unknown {
  return key
    .replaceAll('[]', '.0')
    .replace('NAME', 'vm1')
    .split('.')
    .reduce<unknown>(
      (node, part) => (typeof node === 'object' && node !== null ? Reflect.get(node, part) : undefined),
      labSchema.parse({ vms: { vm1: {} } }),
    );
}

test('it is a table of four columns', () => {
  expect([head, rule]).toEqual(['| key | value | default | meaning |', '| --- | --- | --- | --- |']);
  expect(rows.filter((cells) => cells.length !== 4)).toEqual([]);
});

test('each key stands there once, with its kind and its meaning', () => {
  const keys = rows.map(([key]) => key);
  expect(new Set(keys).size).toBe(keys.length);
  expect(rows.filter(([, kind, , meaning]) => kind === '' || meaning === '')).toEqual([]);
});

test('the same schema gives the same text', () => {
  expect(labReference()).toBe(labReference());
});

describe('a value is told in words', () => {
  test.each([
    ['name', 'text'],
    ['vms', 'map'],
    ['networks', 'list'],
    ['networks[].nat', '`true` or `false`'],
    ['networks[].mtu', '`auto` or number from 576 to 9000'],
    ['networks[].dns', '`auto` or list of text'],
    ['defaults.cpus', 'number from 1 to 64'],
    ['defaults.nic', '`virtio` or `e1000`'],
    ['vms.NAME.packages', 'list of text'],
    ['vms.NAME.files', 'list'],
    ['vms.NAME.files[].mode', 'text'],
    ['vms.NAME.password', 'text'],
    ['vms.NAME.cloud_config', 'map'],
  ])('%s: %s', (key, kind) => {
    expect(row(key)?.[0]).toBe(kind);
  });
});

describe('the default told is the one that a lab file gets', () => {
  const told = rows.filter(([key = '', , value]) => value !== '' && !key.includes('files[]'));

  test('most keys have one', () => expect(told.length).toBeGreaterThan(15));

  test.each(told)('%s', (key = '', _kind, value = '') => {
    const found = fallback(key.replaceAll('`', ''));
    expect(value).toBe(`\`${typeof found === 'string' ? found : JSON.stringify(found)}\``);
  });

  test.each(['verify.internet', 'vms.NAME.address', 'vms.NAME.hostname', 'vms.NAME.mac'])(
    '%s has none',
    (key) => {
      expect([row(key)?.[1], fallback(key)]).toEqual(['', undefined]);
    },
  );
});
