/** A stand-in place on which the rules of other firewalls come and go. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { recorder, type Start } from '../setup/recorder.ts';
import { type StandInPlace, standInPlace } from './place.ts';

export interface FirewallPlace extends StandInPlace {
  /** Loads a ruleset of test/netns/rulesets beside those that are there; a later one of firewalld replaces the earlier. */
  load(name: string, restore?: 'iptables-nft-restore' | 'iptables-legacy-restore'): Promise<void>;
  nft(text: string): Promise<void>;
  /** Types lines that labnet has told: of programs that are there. */
  type(lines: readonly string[]): Promise<void>;
  /** A lab is refused, and the host is as before. */
  refused(saying: RegExp, file?: string): Promise<Refusal>;
  /** A lab works, and leaves no trace. */
  works(file?: string): Promise<void>;
  /** No lab, and the rules of the beginning. */
  reset(): Promise<void>;
}

interface Refusal {
  /** What labnet tells to type. */
  readonly lines: readonly string[];
  /** What labnet has started meanwhile that changes a host, also where it was undone. */
  readonly changes: readonly string[];
}

const rulesets = new URL('../netns/rulesets/', import.meta.url).pathname;

/** All by which labnet changes network, rules and settings, and makes disks, seeds and keys. */
const changers = [
  ...['ip', 'nft', 'sysctl', 'iptables-nft', 'iptables-legacy'],
  ...['qemu-img', 'xorriso', 'ssh-keygen'],
];

const isLook = ({ argv }: Start) => argv.some((word) => ['show', 'get', 'list'].includes(word));

export async function firewallPlace(): Promise<FirewallPlace> {
  const place = await standInPlace();
  const nft = (text: string) => place.feedHost(['nft', '--file', '-'], text);
  // iptables's tables are loaded by iptables: what nft prints of them is not the whole.
  const native = (await place.inHost('nft', '--stateless', 'list', 'ruleset')).replace(
    /^table ip6? (filter|nat|mangle|raw) \{\n.*?^\}\n?/gms,
    '',
  );
  const saved = await place.inHost('iptables-nft-save');

  /** Runs labnet, and notes the programs that it starts. */
  async function recorded<Result>(work: () => Promise<Result>) {
    const record = recorder(place.directory, changers);
    try {
      return { ended: await work(), starts: record.starts() };
    } finally {
      record.remove();
    }
  }

  return {
    ...place,
    nft,
    async load(name, restore = 'iptables-nft-restore') {
      // The rulesets were made where the uplink is eth0.
      const text = readFileSync(`${rulesets}${name}`, 'utf8').replaceAll('"eth0"', '"up0"');
      if (!name.endsWith('.nft')) return place.feedHost([restore, '--noflush'], text);
      await nft(`table inet firewalld {}\ndelete table inet firewalld\n${text}`);
    },
    async type(lines) {
      for (const line of lines) {
        const words = line.replace(/^sudo /, '').replace(/ {2,}#.*/, '');
        await place.inHost(...words.split(' '));
      }
    },
    async refused(saying, file = 'lab.yaml') {
      const before = await place.snapshot();
      const { ended, starts } = await recorded(() => place.json('provision', file));
      const { status, value } = ended;
      expect(starts).not.toEqual([]);
      expect([status, value.error?.code]).toEqual([4, 'host-cannot']);
      expect(value.error.message).toMatch(saying);
      expect(await place.snapshot()).toEqual(before);
      return {
        lines: value.error.hint.split('\n'),
        changes: starts
          .filter((start) => !isLook(start))
          .map(({ program, argv }) => [program, ...argv].join(' ')),
      };
    },
    async works(file = 'lab.yaml') {
      const before = await place.snapshot();
      const { status, value } = await place.json('provision', file);
      expect([status, value.error]).toEqual([0, undefined]);
      expect((await place.labnet('status')).status).toBe(0);
      expect((await place.labnet('destroy', '--yes')).status).toBe(0);
      expect(await place.snapshot()).toEqual(before);
    },
    async reset() {
      await place.labnet('destroy', '--all', '--yes');
      await nft(`flush ruleset\n${native}`);
      await place.feedHost(['iptables-nft-restore'], saved);
      await place.inHost('iptables-legacy', '-P', 'FORWARD', 'ACCEPT');
      await place.inHost('iptables-legacy', '-F', 'FORWARD');
    },
  };
}

/** A table with one chain, as nft takes it. */
export const table = (family: string, hook: string, policy: string, rules: string) =>
  `table ${family} theirs {
    set bad { type ipv4_addr; elements = { 203.0.113.80 }; }
    chain check {
      type filter hook ${hook}; policy ${policy};
      ${rules}
    }
  }`;
