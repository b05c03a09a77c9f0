import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  deriveMac,
  isInterfaceName,
  isLinkName,
  nftTable,
  tapName,
  vmUid,
  vmUuid,
} from '../../../src/lab/naming.ts';

const name = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,19}$/);
const hostId = fc.stringMatching(/^[0-9a-f]{8,32}$/);

test.each(['br0', 'a', 'tap99', 'lab-bridge-one1', 'vt0', 'lo0', 'veth'])('%s may be a link', (text) => {
  expect(isInterfaceName(text)).toBe(true);
});

test.each([
  '',
  '0br',
  '-br',
  'Br0',
  'br_0',
  'br.0',
  'br 0',
  'br/0',
  'br0\n',
  'a'.repeat(16),
  'vt-1',
  've-1',
  'vb-1',
  'vz-1',
  'all',
  'default',
  'lo',
])('%j may not', (text) => {
  expect(isInterfaceName(text)).toBe(false);
});

test.each(['eth0', 'wlp3s0', 'eth0.100', 'enx00e04c680001', 'Uplink_1', 'auto'])(
  'the host may have %s',
  (text) => expect(isLinkName(text)).toBe(true),
);

test.each([
  '',
  '.',
  '..',
  '../all',
  '-x',
  'eth0@if3',
  'eth 0',
  'eth0:1',
  'all',
  'default',
  'lo',
  'e'.repeat(16),
])('%j is nothing the host has', (text) => expect(isLinkName(text)).toBe(false));

test('taps and tables', () => {
  expect([tapName('tap', 0), tapName('iso', 11)]).toEqual(['tap0', 'iso11']);
  expect(nftTable('lab-sheet')).toBe('labnet_lab_sheet');
});

describe('for any host, lab and VM', () => {
  test('a derived MAC is locally administered, unicast, and always the same', () => {
    fc.assert(
      fc.property(hostId, name, name, (host, lab, vm) => {
        const mac = deriveMac(host, lab, vm);
        expect(mac).toMatch(/^02(:[0-9a-f]{2}){5}$/);
        expect(deriveMac(host, lab, vm)).toBe(mac);
      }),
    );
  });

  test('another host, lab or VM has another MAC and uuid', () => {
    fc.assert(
      fc.property(hostId, name, name, name, (host, lab, vm, other) => {
        fc.pre(vm !== other && lab !== other);
        for (const derive of [deriveMac, vmUuid]) {
          const all = [derive(host, lab, vm), derive(host, lab, other), derive(host, other, vm)];
          expect(new Set([...all, derive(`${host}0`, lab, vm)]).size).toBe(4);
        }
      }),
    );
  });

  test('where lab and VM meet makes a difference', () => {
    expect(vmUuid('h', 'a', 'b-c')).not.toBe(vmUuid('h', 'a-b', 'c'));
    expect(deriveMac('h', 'ab', 'c')).not.toBe(deriveMac('h', 'a', 'bc'));
  });

  test('a uuid has the form of RFC 9562, version 8', () => {
    fc.assert(
      fc.property(hostId, name, name, (host, lab, vm) => {
        expect(vmUuid(host, lab, vm)).toMatch(
          /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
        );
      }),
    );
  });

  test('a uid lies above systemd’s container range and below its foreign range and 2^31', () => {
    fc.assert(
      fc.property(name, fc.integer({ min: 0, max: 127 }), (lab, index) => {
        const uid = vmUid(lab, index);
        expect(uid).toBeGreaterThan(1_879_048_191);
        expect(uid).toBeLessThan(2_147_352_576);
        expect(uid - vmUid(lab, 0)).toBe(index);
      }),
    );
  });

  test('two labs share all their uids or none', () => {
    fc.assert(
      fc.property(name, name, (a, b) => {
        const apart = Math.abs(vmUid(a, 0) - vmUid(b, 0));
        expect(apart === 0 || apart >= 128).toBe(true);
      }),
    );
  });

  test('two labs never share a table', () => {
    fc.assert(fc.property(name, name, (a, b) => a === b || nftTable(a) !== nftTable(b)));
  });
});
