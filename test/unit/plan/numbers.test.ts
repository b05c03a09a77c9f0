/** Numbers of VMs, and the addresses that follow from them: those of a new lab, and those that a lab on the host has. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contains, parseSubnet, toAddress, toNumber } from '../../../src/lab/addressing.ts';
import type { Lab } from '../../../src/lab/lab.ts';
import { labOfSize, parseLab } from '../../../src/lab/validate.ts';
import { seats } from '../../../src/plan/numbers.ts';

function lab(text: string): Lab {
  const parsed = parseLab(text, 'lab.yaml', { sandbox: false });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.diagnostics));
  return parsed.lab;
}

type Known = ReadonlyMap<string, number>;

function seatsOf(of: Lab, known?: Known) {
  const seatOf = seats(of, known);
  return of.vms.map((vm) => ({ name: vm.name, ...seatOf(vm) }));
}

const addresses = (of: Lab, known?: Known) => seatsOf(of, known).map(({ address }) => address);
const numbers = (of: Lab, known?: Known) => seatsOf(of, known).map(({ number }) => number);
const known = (of: Record<string, number>): Known => new Map(Object.entries(of));

describe('of a new lab', () => {
  test.each([
    [1, 'vm1', '192.168.6.1'],
    [9, 'vm9', '192.168.6.9'],
    [10, 'vm10', '192.168.6.11'],
    [100, 'vm100', '192.168.6.101'],
  ])('VM number %d has the address of that place that is not the bridge’s', (count, name, address) => {
    expect(seatsOf(labOfSize(count, { sandbox: false })).at(-1)).toEqual({
      name,
      number: count - 1,
      address,
    });
  });

  test.each(Array.from({ length: 100 }, (_, index) => index + 1))('%d VMs share nothing', (count) => {
    const made = labOfSize(count, { sandbox: true });
    expect(new Set([made.network.address, ...addresses(made)]).size).toBe(count + 1);
    expect(numbers(made)).toEqual(made.vms.map((_, index) => index));
  });
});

describe('addresses left out', () => {
  test.each([
    ['vm1: {address: 192.168.6.1}\n  vm2:', ['192.168.6.1', '192.168.6.2']],
    ['vm1: {address: 192.168.6.50}\n  vm2:', ['192.168.6.50', '192.168.6.2']],
    ['vm1: {address: 192.168.6.2}\n  vm2:', ['192.168.6.2', '192.168.6.1']],
    ['vm1:\n  vm2: {address: 192.168.6.1}', ['192.168.6.2', '192.168.6.1']],
    ['vm1:\n  vm2: {address: 192.168.6.1}\n  vm3:', ['192.168.6.2', '192.168.6.1', '192.168.6.3']],
  ])('%s', (vms, expected) => expect(addresses(lab(`vms:\n  ${vms}\n`))).toEqual(expected));

  test('a /30 has room for one VM', () => {
    expect(addresses(lab('networks: [{address: 10.0.0.1/30}]\nvms: {a: }'))).toEqual(['10.0.0.2']);
  });

  test('a /8 is not searched from end to end', () => {
    expect(addresses(lab('networks: [{address: 10.0.0.1/8}]\nvms: {a: }'))).toEqual(['10.0.0.2']);
  });
});

describe('of a lab that is on the host', () => {
  const [vm1, vm2, vm3] = ['192.168.6.1', '192.168.6.2', '192.168.6.3'];

  test.each([
    ['the first is gone', 'vm2: , vm3: ', { vm1: 0, vm2: 1, vm3: 2 }, [1, 2], [vm2, vm3]],
    ['a new one comes first', 'new: , vm1: , vm2: ', { vm1: 0, vm2: 1 }, [2, 0, 1], [vm3, vm1, vm2]],
    ['one comes for one that is gone', 'vm2: , new: ', { vm1: 0, vm2: 1 }, [1, 0], [vm2, vm1]],
    ['they are in another order', 'vm3: , vm1: ', { vm1: 0, vm3: 2 }, [2, 0], [vm3, vm1]],
    ['one is the last there can be', 'z: , new: ', { z: 99 }, [99, 0], ['192.168.6.101', vm1]],
    ['none of them is known', 'a: , b: ', { vm1: 0, vm2: 1 }, [0, 1], [vm1, vm2]],
    ['it is called like a part of JavaScript', 'constructor: , a: ', { a: 0 }, [1, 0], [vm2, vm1]],
    ['another asks for its address', `vm2: , a: {address: ${vm2}}`, { vm2: 1 }, [1, 0], [vm1, vm2]],
  ])('%s', (_, vms, of, expected, places) => {
    const made = lab(`vms: {${vms}}`);
    expect(numbers(made, known(of))).toEqual(expected);
    expect(addresses(made, known(of))).toEqual(places);
  });

  test('where the subnet has no address for its number, it has the first that is free', () => {
    const made = lab('networks: [{address: 10.0.0.1/29}]\nvms: {high: , a: , b: }');
    expect(addresses(made, known({ high: 40 }))).toEqual(['10.0.0.4', '10.0.0.2', '10.0.0.3']);
  });

  test('a full subnet stays full', () => {
    const made = lab('networks: [{address: 10.0.0.1/29}]\nvms: {new: , e: , d: , c: , b: }');
    const of = known({ a: 0, b: 1, c: 2, d: 3, e: 4 });
    expect(seatsOf(made, of).map(({ name, number, address }) => [name, number, address])).toEqual([
      ['new', 0, '10.0.0.2'],
      ['e', 4, '10.0.0.6'],
      ['d', 3, '10.0.0.5'],
      ['c', 2, '10.0.0.4'],
      ['b', 1, '10.0.0.3'],
    ]);
  });

  test.each([
    ['the bridge', 'name: tap5', 'the bridge and a tap would both be called tap5'],
    ['the way out', 'uplink: tap5', 'tap5 is a tap of this lab, so no way out of it'],
  ])('a tap that would be called as %s is refused, with what to change', (_, network, message) => {
    const made = lab(`networks: [{${network}}]\nvms: {a: }`);
    expect(numbers(made)).toEqual([0]);
    expect(() => seats(made, known({ a: 5 }))).toThrow(
      expect.objectContaining({ code: 'usage', message, hint: expect.stringContaining('taps: NAME') }),
    );
  });
});

describe('whatever the rest asks for', () => {
  /** A subnet, its bridge, and VMs of which some ask for an address. */
  const input = fc
    .record({ prefix: fc.integer({ min: 24, max: 29 }), seed: fc.integer({ min: 0, max: 2 ** 24 }) })
    .chain(({ prefix, seed }) => {
      const { network, last } = parseSubnet(
        `10.${(seed >> 16) % 256}.${(seed >> 8) % 256}.${seed % 256}/${prefix}`,
      );
      const hosts = Array.from({ length: last - network - 1 }, (_, index) => toAddress(network + 1 + index));
      return fc.record({
        prefix: fc.constant(prefix),
        // The first is the bridge's; there is room for as many VMs as there are others.
        given: fc.shuffledSubarray(hosts, { minLength: 2 }),
        left: fc.array(fc.boolean(), { minLength: 100, maxLength: 100 }),
      });
    });
  type Input = typeof input extends fc.Arbitrary<infer T> ? T : never;

  /** A VM, and the address that it asks for. */
  type Asked = readonly [string, string | undefined];

  const textOf = ({ prefix, given: [bridge = ''] }: Input, vms: readonly Asked[]) => {
    const lines = vms.map(([name, address]) => `  ${name}: ${address ? `{address: ${address}}` : ''}`);
    return `networks: [{address: ${bridge}/${prefix}}]\nvms:\n${lines.join('\n')}\n`;
  };

  const requireApart = (of: Lab, got: readonly string[]) => {
    const cidr = `${of.network.address}/${of.network.prefix}`;
    const { network, last } = parseSubnet(cidr);
    expect(new Set([of.network.address, ...got]).size).toBe(of.vms.length + 1);
    expect(got.every((one) => contains(cidr, one))).toBe(true);
    expect(got.map(toNumber).filter((value) => value === network || value === last)).toEqual([]);
  };

  test('addresses are in the subnet, free and each another', () => {
    fc.assert(
      fc.property(input, (one) => {
        const wanted = one.given.slice(1, 101);
        const asks = (index: number) => (one.left[index] === true ? undefined : wanted[index]);
        const made = lab(
          textOf(
            one,
            wanted.map((_, index): Asked => [`v${index}`, asks(index)]),
          ),
        );
        const got = addresses(made);
        requireApart(made, got);
        expect(got.filter((address, index) => asks(index) !== undefined && address !== asks(index))).toEqual(
          [],
        );
      }),
      { numRuns: 50 },
    );
  });

  test('and whichever VMs come and go, those that stay keep their numbers, and their addresses if nobody asks for them', () => {
    const changes = fc.record({
      one: input,
      go: fc.array(fc.boolean(), { minLength: 100, maxLength: 100 }),
      asks: fc.array(fc.boolean(), { minLength: 200, maxLength: 200 }),
      order: fc.array(fc.nat(), { minLength: 200, maxLength: 200 }),
    });
    fc.assert(
      fc.property(changes, ({ one, go, asks, order }) => {
        const room = Math.min(one.given.length - 1, 100);
        const before = Array.from({ length: room }, (_, index): Asked => [`v${index}`, undefined]);
        const first = seatsOf(lab(textOf(one, before)));
        const of = new Map(first.map(({ name, number }) => [name, number]));
        const stay = before.filter((_, index) => go[index] !== true);
        const come = before.slice(stay.length).map(([name]): Asked => [`new-${name}`, undefined]);
        const after = [...stay, ...come]
          .map(([name], index): Asked => [name, asks[index] ? one.given[index + 1] : undefined])
          .map((vm, index) => ({ vm, at: order[index] ?? 0 }))
          .sort((a, b) => a.at - b.at)
          .map(({ vm }) => vm);
        const made = lab(textOf(one, after));
        const then = seatsOf(made, of);

        requireApart(
          made,
          then.map(({ address }) => address),
        );
        const given = then.map(({ number }) => number);
        expect(new Set(given).size).toBe(given.length);
        expect(Math.min(...given)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...given)).toBeLessThan(100);
        const isNew = ({ name }: { readonly name: string }) => !of.has(name);
        const held = new Set(then.filter((seat) => !isNew(seat)).map(({ number }) => number));
        const free = Array.from({ length: 100 }, (_, number) => number).filter((number) => !held.has(number));
        const got = then.filter(isNew).map(({ number }) => number);
        expect(got).toEqual(free.slice(0, got.length));
        const taken = new Set(after.map(([, address]) => address));
        for (const { name, number, address } of first) {
          const now = then.find((seat) => seat.name === name);
          if (now === undefined) continue;
          expect(now.number).toBe(number);
          const asksItself = made.vms.find((vm) => vm.name === name)?.address;
          if (asksItself !== undefined) expect(now.address).toBe(asksItself);
          else if (!taken.has(address)) expect(now.address).toBe(address);
        }
      }),
      { numRuns: 100 },
    );
  });
});
