import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  emptyLedger,
  enter,
  formatLedger,
  globalSwitch,
  type Ledger,
  leave,
  parseLedger,
  toPutBack,
} from '../../../src/action/settings-ledger.ts';

const eth0 = 'net.ipv4.conf.eth0.forwarding';
const eth1 = 'net.ipv4.conf.eth1.forwarding';
const redirects = 'net.ipv4.conf.all.accept_redirects';
const on = (...keys: string[]) => new Map(keys.map((key) => [key, '1']));
const off = (...keys: string[]) => new Map(keys.map((key) => [key, '0']));

/** Labs that came one after another, each with what it wrote and what it found. */
function entered(...labs: [string, Map<string, string>, Map<string, string>][]): Ledger {
  return labs.reduce((ledger, [name, wrote, found]) => enter(ledger, name, wrote, found), emptyLedger('b'));
}

const key = fc.stringMatching(/^net\.ipv4\.conf\.[a-z0-9/@_-]{1,15}\.(forwarding|accept_redirects)$/);
const value = fc.constantFrom('0', '1', '');
const values = fc.dictionary(key, value, { maxKeys: 5 }).map((record) => new Map(Object.entries(record)));
const lab = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,19}$/);

describe('the file', () => {
  test('reads back what was written', () => {
    fc.assert(
      fc.property(
        fc.uuid(),
        fc.array(fc.tuple(lab, values, values), { maxLength: 4 }),
        fc.uniqueArray(key, { maxLength: 3 }),
        (boot, labs, returning) => {
          const whole = labs
            .filter(([, wrote, found]) => wrote.size + found.size > 0)
            .reduce((ledger, [name, wrote, found]) => enter(ledger, name, wrote, found), emptyLedger(boot));
          const ledger = { ...whole, returning: new Set(returning) };
          expect(parseLedger(formatLedger(ledger))).toEqual(ledger);
        },
      ),
    );
  });

  test('is sysctl.conf(5): loading it by hand puts back what was there', () => {
    const text = formatLedger(entered(['lab', on(eth0), off(eth0, globalSwitch)]));
    const settings = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(settings).toEqual([`${eth0} = 0`, `${globalSwitch} = 0`]);
  });

  test('that is empty or foreign reads as one of no boot and nobody', () => {
    for (const text of ['', 'kernel.panic=5\n', '\0\0\0', '# holder\n# wrote = 1\n']) {
      expect(parseLedger(text)).toEqual(emptyLedger(''));
    }
  });
});

describe('entering', () => {
  test('keeps what was there before the first lab', () => {
    const ledger = entered(['a', on(eth0), off(eth0)], ['b', on(eth0), on(eth0)]);
    expect(ledger.before).toEqual(off(eth0));
    expect([...ledger.holders.keys()]).toEqual(['a', 'b']);
  });

  test('twice counts once', () => {
    const once = entered(['a', on(eth0), off(eth0)]);
    expect(enter(once, 'a', on(eth0), on(eth0))).toEqual(once);
  });

  test('takes over what another one had begun to put back', () => {
    const begun = {
      ...entered(['a', on(eth0), off(eth0, redirects)]),
      returning: new Set([eth0, redirects]),
    };
    expect(enter(begun, 'b', on(eth0), off(eth0)).returning).toEqual(new Set([redirects]));
  });
});

describe('leaving', () => {
  test('frees what nobody else holds', () => {
    const both = entered(['a', on(eth0), off(eth0)], ['b', on(eth1), off(eth1)]);
    const { ledger, free } = leave(both, 'a');
    expect(free).toEqual([eth0]);
    expect(ledger).toEqual(entered(['b', on(eth1), off(eth1)]));
  });

  test('frees nothing that another lab holds too', () => {
    const both = entered(['a', on(eth0), off(eth0)], ['b', on(eth0), on(eth0)]);
    const { ledger, free } = leave(both, 'a');
    expect(free).toEqual([]);
    expect(ledger.before).toEqual(off(eth0));
  });

  test('frees nothing while the global switch is on for another lab', () => {
    const both = entered(
      ['a', on(globalSwitch), off(globalSwitch, eth0, eth1)],
      ['b', on(eth0), on(globalSwitch, eth0)],
    );
    const { ledger, free } = leave(both, 'a');
    expect(free).toEqual([]);
    expect(ledger.before).toEqual(both.before);
    expect([...leave(ledger, 'b').free].sort()).toEqual([eth0, eth1, globalSwitch].sort());
  });

  test('as somebody who never entered changes nothing', () => {
    const one = entered(['a', on(eth0), off(eth0)]);
    expect(leave(one, 'stranger')).toEqual({ ledger: one, free: [] });
  });

  test('all, in any order, frees everything and leaves nothing', () => {
    const labs = fc.uniqueArray(fc.tuple(lab, values, values), { selector: ([name]) => name, maxLength: 4 });
    fc.assert(
      fc.property(labs, fc.nat(), (all, seed) => {
        const whole = entered(...all);
        const names = all.map(([name]) => name);
        const order = [
          ...names.slice(seed % (names.length || 1)),
          ...names.slice(0, seed % (names.length || 1)),
        ];
        let [ledger, freed]: [Ledger, string[]] = [whole, []];
        for (const name of order) {
          const left = leave(ledger, name);
          [ledger, freed] = [left.ledger, [...freed, ...left.free]];
        }
        expect([...new Set(freed)].sort()).toEqual([...whole.before.keys()].sort());
        if (names.length > 0) expect(ledger).toEqual(emptyLedger('b'));
      }),
    );
  });
});

describe('putting back', () => {
  const one = entered(['a', on(eth0), off(eth0, globalSwitch)]);
  const all = entered(['a', on(globalSwitch), off(globalSwitch, eth0, redirects)]);
  const free = [eth0, globalSwitch];
  const allFree = [globalSwitch, eth0, redirects];

  test('writes what is still as labnet wrote it, and nothing else', () => {
    expect(toPutBack(one, free, new Map([...on(eth0), ...off(globalSwitch)]))).toEqual([eth0]);
    expect(toPutBack(one, free, off(eth0, globalSwitch))).toEqual([]);
  });

  test('writes nothing when somebody turned the global switch meanwhile', () => {
    expect(toPutBack(one, free, on(eth0, globalSwitch))).toEqual([]);
    expect(toPutBack(one, [eth0], on(eth0, globalSwitch))).toEqual([]);
  });

  test('of the global switch takes along all that it moves', () => {
    expect(toPutBack(all, allFree, new Map([...on(globalSwitch, eth0), ...off(redirects)]))).toEqual(allFree);
  });

  test('leaves the global switch alone when it was on before, or is off again', () => {
    const before = new Map([...on(globalSwitch), ...off(eth0, redirects)]);
    expect(toPutBack({ ...all, before }, allFree, on(...allFree))).toEqual([globalSwitch]);
    expect(toPutBack(all, allFree, off(...allFree))).toEqual([]);
  });

  test('goes on where it was broken off, whatever the values say', () => {
    const begun = { ...all, returning: new Set(allFree) };
    expect(toPutBack(begun, allFree, new Map([...off(globalSwitch, eth0), ...on(redirects)]))).toEqual(
      allFree,
    );
  });

  test('passes over what is gone', () => {
    expect(toPutBack(one, free, off(globalSwitch))).toEqual([]);
  });
});
