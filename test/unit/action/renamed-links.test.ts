/** Settings of links that somebody has renamed: which they were, and where they are found now. */
import { expect, test } from 'vitest';
import { movedKeys, numbersOf } from '../../../src/action/renamed-links.ts';
import {
  emptyLedger,
  enter,
  formatLedger,
  parseLedger,
  strangeLine,
} from '../../../src/action/settings-ledger.ts';
import { partialHost } from '../../fakes/partial-host.ts';

const up0 = 'net.ipv4.conf.up0.forwarding';
const tagged = 'net.ipv4.conf.eth0/100.forwarding';
/** A host with these links, as ip(8) numbers them. */
const hostWith = (numbers: Readonly<Record<string, number>>) => {
  const stdout = JSON.stringify(Object.entries(numbers).map(([ifname, ifindex]) => ({ ifname, ifindex })));
  return partialHost({ run: async () => ({ status: 0, stdout, stderr: '' }) });
};

test('a link that is there under another name is found by its number; one that is gone is not', async () => {
  const known = new Map([
    [up0, 2],
    [tagged, 3],
    ['net.ipv4.conf.gone.forwarding', 9],
  ]);
  expect([
    ...(await movedKeys(
      [...known.keys(), 'net.ipv4.ip_forward'],
      known,
      hostWith({ lo: 1, enx0: 2, 'eth0.7': 3 }),
    )),
  ]).toEqual([
    [up0, 'net.ipv4.conf.enx0.forwarding'],
    [tagged, 'net.ipv4.conf.eth0/7.forwarding'],
  ]);
  expect([...(await movedKeys([up0], new Map([[up0, 2]]), hostWith({ up0: 2 })))]).toEqual([]);
});

test('settings that are no link’s have no number, and nobody is asked', async () => {
  expect([
    ...(await numbersOf(['net.ipv4.ip_forward', 'net.ipv4.conf.all.forwarding'], partialHost({}))),
  ]).toEqual([]);
  const stdout = JSON.stringify([{ ifname: 'up0', ifindex: 7 }, { ifname: 'tap0' }, {}]);
  const host = partialHost({ run: async () => ({ status: 0, stdout, stderr: '' }) });
  expect([...(await numbersOf([up0, 'net.ipv4.conf.tap0.forwarding'], host))]).toEqual([[up0, 7]]);
});

test('what the ledger knows of a link holds under its new name, and the ledger can be read again', () => {
  const on = (key: string, value = '1') => new Map([[key, value]]);
  const first = enter(emptyLedger('b'), 'lab', on(up0), on(up0, '0'), new Map([[up0, 2]]));
  const enx0 = 'net.ipv4.conf.enx0.forwarding';
  const second = enter(first, 'lab', on(enx0), on(enx0), new Map([[enx0, 2]]));
  expect(second.before.get(enx0)).toBe('0');
  // Another link is another: it had what was found.
  expect(enter(first, 'lab', on(enx0), on(enx0), new Map([[enx0, 5]])).before.get(enx0)).toBe('1');
  const text = formatLedger(second);
  expect(parseLedger(text)).toEqual(second);
  expect(strangeLine(text)).toBeUndefined();
});
