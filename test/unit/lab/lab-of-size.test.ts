import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  contains,
  hostAddresses,
  overlaps,
  parseSubnet,
  subnetOf,
  toAddress,
  toNumber,
} from '../../../src/lab/addressing.ts';
import { deriveMac, isInterfaceName, nftTable, vmUid, vmUuid } from '../../../src/lab/naming.ts';
import { parseMemory, parseSize } from '../../../src/lab/quantity.ts';
import { labOfSize } from '../../../src/lab/validate.ts';

const address = fc.integer({ min: 0, max: 2 ** 32 - 1 }).map(toAddress);
const cidr = fc.tuple(address, fc.integer({ min: 8, max: 30 })).map(([host, prefix]) => `${host}/${prefix}`);

describe('labOfSize', () => {
  test.each([
    [1, 'vm1'],
    [9, 'vm9'],
    [10, 'vm10'],
    [100, 'vm100'],
  ])('of %i VMs ends with %s', (count, name) => {
    const { vms, network } = labOfSize(count, { sandbox: false });
    expect(vms.at(-1)).toMatchObject({
      name,
      cpus: 2,
      memory: 512,
      disk: 10 * 1024 ** 3,
    });
    expect(new Set(vms.map((vm) => vm.name)).size).toBe(count);
    expect(network).toMatchObject({ name: 'br0', address: '192.168.6.10', prefix: 24 });
  });

  test.each([0, 101, -1, 1.5, Number.NaN])('refuses %d', (count) => {
    expect(() => labOfSize(count, { sandbox: false })).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});

describe('addresses', () => {
  test('numbers and texts are the same thing', () => {
    fc.assert(fc.property(address, (text) => toAddress(toNumber(text)) === text));
  });

  test('host addresses are in the subnet, never its first or last, and never one taken', () => {
    fc.assert(
      fc.property(cidr, (text) => {
        const { network, last } = parseSubnet(text);
        const taken = new Set([toAddress(network + 1)]);
        const found = [...take(hostAddresses(text, taken), 20)];
        expect(
          found.every((one) => contains(text, one) && toNumber(one) > network && toNumber(one) < last),
        ).toBe(true);
        expect(found.some((one) => taken.has(one))).toBe(false);
        expect(new Set(found).size).toBe(found.length);
      }),
    );
  });

  test('subnets overlap when they share an address, and only then', () => {
    fc.assert(
      fc.property(cidr, cidr, (a, b) => {
        const [first, second] = [parseSubnet(a), parseSubnet(b)];
        const shared = contains(a, toAddress(second.network)) || contains(b, toAddress(first.network));
        expect(overlaps(a, b)).toBe(shared);
        expect(overlaps(b, a)).toBe(shared);
      }),
    );
    expect(overlaps('192.168.6.0/24', '192.168.0.0/16')).toBe(true);
    expect(overlaps('192.168.6.0/24', '192.168.7.0/24')).toBe(false);
  });

  test('the subnet of an address holds it', () => {
    fc.assert(
      fc.property(address, fc.integer({ min: 8, max: 30 }), (one, prefix) =>
        contains(subnetOf(one, prefix), one),
      ),
    );
  });
});

describe('names', () => {
  const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,19}$/);

  test('MACs are unicast, locally administered, and differ by host, lab and VM', () => {
    fc.assert(
      fc.property(word, word, word, (host, lab, vm) => {
        const mac = deriveMac(host, lab, vm);
        expect(mac).toMatch(/^02(:[0-9a-f]{2}){5}$/);
        expect(deriveMac(host, lab, `${vm}x`)).not.toBe(mac);
        expect(deriveMac(`${host}x`, lab, vm)).not.toBe(mac);
      }),
    );
  });

  test('uids lie between systemd’s ranges, and differ within a lab', () => {
    fc.assert(
      fc.property(word, (lab) => {
        const uids = Array.from({ length: 101 }, (_, index) => vmUid(lab, index));
        expect(Math.min(...uids)).toBeGreaterThan(1_879_048_191);
        expect(Math.max(...uids)).toBeLessThan(2_147_352_576);
        expect(new Set(uids).size).toBe(101);
      }),
    );
  });

  test('uuids have the form of RFC 9562', () => {
    fc.assert(
      fc.property(word, word, (lab, vm) =>
        /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/.test(vmUuid('host', lab, vm)),
      ),
    );
  });

  test('no two labs share a table, and no table name holds a dash', () => {
    fc.assert(
      fc.property(
        word,
        word,
        (a, b) => (nftTable(a) === nftTable(b)) === (a === b) && !nftTable(a).includes('-'),
      ),
    );
  });

  test.each(['', 'a-very-long-name', 'vt-1', 've-1', 'all', 'lo', '-x', 'Br0', 'é1', 'br 0', 'br0/'])(
    '%j is no interface name',
    (name) => {
      expect(isInterfaceName(name)).toBe(false);
    },
  );
});

test.each([
  ['512M', 512],
  ['2G', 2048],
  ['1T', 1024 * 1024],
])('%s is %i MiB', (text, mebibytes) => {
  expect(parseMemory(text)).toBe(mebibytes);
});

test.each(['', '512', '0M', '1.5G', '512 M', '512m', '1K', '-1G', '99999999G'])('%j is no size', (text) => {
  expect(parseSize(text)).toBeUndefined();
});

function* take<T>(source: Iterable<T>, count: number): Generator<T> {
  let left = count;
  for (const one of source) {
    if (left === 0) return;
    left -= 1;
    yield one;
  }
}
