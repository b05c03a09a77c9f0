/**
 * A kernel setting is not a thing that labnet owns: several labs may need it, and the host had a value before the
 * first of them. The ledger is the record of that, one file for a network namespace. It is written as sysctl.conf(5)
 * so that a person can read it, and even load it by hand with `sysctl -p`:
 *
 *     # boot 4a5c…                                        values of another boot mean nothing
 *     # holder lab: net.ipv4.conf.eth0.forwarding         one line a lab
 *     # wrote net.ipv4.conf.eth0.forwarding = 1           what labnet set
 *     # link net.ipv4.conf.eth0.forwarding = 2            the number of the setting's link: a name may change
 *     # returning net.ipv4.conf.eth0.forwarding           what labnet has begun to put back
 *     net.ipv4.conf.eth0.forwarding = 0                   what was there before the first holder
 *
 * Holders are names, not a number: a lab that enters twice counts once, so the count cannot leak.
 */
/**
 * The key of the switch that turns every interface's forwarding with it; other programs, such as Docker, turn it on
 * too.
 */
export const globalSwitch = 'net.ipv4.ip_forward';

/** The content of a ledger: the labs that hold settings, what labnet wrote, and what was there before. */
export interface Ledger {
  readonly boot: string;
  readonly holders: ReadonlyMap<string, readonly string[]>;
  readonly wrote: ReadonlyMap<string, string>;
  readonly before: ReadonlyMap<string, string>;
  readonly links: ReadonlyMap<string, number>;
  /** Settings that are being put back, perhaps half done: written down, since no later look at the values can tell. */
  readonly returning: ReadonlySet<string>;
}

/** A ledger without entries, for the boot of that id. */
export function emptyLedger(boot: string): Ledger {
  return {
    boot,
    holders: new Map(),
    wrote: new Map(),
    before: new Map(),
    links: new Map(),
    returning: new Set(),
  };
}

/**
 * The ledger after a lab has entered: values already known from before the first holder stay as they are, also where
 * their link has another name by now.
 */
export function enter(
  ledger: Ledger,
  holder: string,
  wrote: ReadonlyMap<string, string>,
  found: ReadonlyMap<string, string>,
  links: ReadonlyMap<string, number> = new Map(),
): Ledger {
  const former = [...found.keys()].flatMap((key) => {
    const same = [...ledger.links].find(([one, number]) => one !== key && number === links.get(key));
    const value = same && ledger.before.get(same[0]);
    return value === undefined ? [] : [[key, value] as const];
  });
  return {
    boot: ledger.boot,
    holders: new Map([...ledger.holders, [holder, [...new Set([...wrote.keys(), ...found.keys()])]]]),
    wrote: new Map([...ledger.wrote, ...wrote]),
    before: new Map([...found, ...former, ...ledger.before]),
    links: new Map([...ledger.links, ...links]),
    returning: new Set([...ledger.returning].filter((key) => !wrote.has(key))),
  };
}

/**
 * The ledger after a lab has left, and the settings that may be put back now. There are none while the global switch is
 * labnet's and another lab is there: putting any of them back would turn that lab's own interfaces off.
 */
export function leave(
  ledger: Ledger,
  holder: string,
): { readonly ledger: Ledger; readonly free: readonly string[] } {
  const holders = new Map([...ledger.holders].filter(([name]) => name !== holder));
  if (holders.size > 0 && ledger.wrote.has(globalSwitch)) return { ledger: { ...ledger, holders }, free: [] };
  const held = new Set([...holders.values()].flat());
  const isHeld = ([key]: readonly [string, string]) => held.has(key);
  return {
    ledger: {
      boot: ledger.boot,
      holders,
      wrote: new Map([...ledger.wrote].filter(isHeld)),
      before: new Map([...ledger.before].filter(isHeld)),
      links: new Map([...ledger.links].filter(([key]) => held.has(key))),
      returning: new Set([...ledger.returning].filter((key) => held.has(key))),
    },
    free: [...ledger.before.keys()].filter((key) => !held.has(key)),
  };
}

/**
 * Which of the free settings are labnet's to put back: what still has the value that labnet wrote, and, with the global
 * switch, all that it moves. Somebody who turned the switch meanwhile wants forwarding: then nothing is put back.
 *
 * @param now the values in the kernel, the global switch among them; what is not in it is gone
 */
export function toPutBack(
  { wrote, before, returning }: Ledger,
  free: readonly string[],
  now: ReadonlyMap<string, string>,
): readonly string[] {
  const isOurs = (key: string) => wrote.has(key) && wrote.get(key) === now.get(key);
  const turnsBack =
    free.includes(globalSwitch) &&
    isOurs(globalSwitch) &&
    wrote.get(globalSwitch) !== before.get(globalSwitch);
  const turnedMeanwhile = !wrote.has(globalSwitch) && now.get(globalSwitch) !== before.get(globalSwitch);
  return free.filter(
    (key) => now.has(key) && (returning.has(key) || turnsBack || (isOurs(key) && !turnedMeanwhile)),
  );
}

/** The text of a ledger's file. */
export function formatLedger(ledger: Ledger): string {
  return [
    '# labnet: kernel settings as they were before the first lab; put back after the last',
    `# boot ${ledger.boot}`,
    ...[...ledger.holders].map(([name, keys]) => `# holder ${name}: ${keys.join(' ')}`),
    ...[...ledger.wrote].map(([key, value]) => `# wrote ${key} = ${value}`),
    ...[...ledger.links].map(([key, number]) => `# link ${key} = ${number}`),
    ...(ledger.returning.size === 0 ? [] : [`# returning ${[...ledger.returning].join(' ')}`]),
    ...[...ledger.before].map(([key, value]) => `${key} = ${value}`),
    '',
  ].join('\n');
}

/** Reads the text of a ledger's file, and passes over lines of another form. */
export function parseLedger(text: string): Ledger {
  const ledger = {
    boot: '',
    holders: new Map<string, string[]>(),
    wrote: new Map<string, string>(),
    before: new Map<string, string>(),
    links: new Map<string, number>(),
    returning: new Set<string>(),
  };
  for (const line of text.split('\n')) {
    const [, boot] = /^# boot (.+)$/.exec(line) ?? [];
    const [, holder, keys] = /^# holder ([^:]+): (.*)$/.exec(line) ?? [];
    const [, wroteKey, wroteValue] = /^# wrote (\S+) = (.*)$/.exec(line) ?? [];
    const [, linkKey, number] = /^# link (\S+) = (\d+)$/.exec(line) ?? [];
    const [, returning] = /^# returning (.+)$/.exec(line) ?? [];
    const [, key, value] = /^([^#\s]\S*) = (.*)$/.exec(line) ?? [];
    if (boot !== undefined) ledger.boot = boot;
    if (holder !== undefined && keys !== undefined) ledger.holders.set(holder, keys.split(' '));
    if (wroteKey !== undefined && wroteValue !== undefined) ledger.wrote.set(wroteKey, wroteValue);
    if (linkKey !== undefined) ledger.links.set(linkKey, Number(number));
    if (returning !== undefined) ledger.returning = new Set(returning.split(' '));
    if (key !== undefined && value !== undefined) ledger.before.set(key, value);
  }
  return ledger;
}

/** A line that formatLedger writes; the first line of a file is a comment for people. */
const ledgerLine =
  /^(?:# labnet: .*|# boot \S+|# holder [a-z0-9-]+: (?:\S+ ?)+|# wrote net\.\S+ = .*|# link net\.\S+ = \d+|# returning net\.\S+(?: net\.\S+)*|net\.\S+ = .*)$/;

/** The number of the first line that labnet does not write, or of the end when the boot is missing. */
export function strangeLine(text: string): number | undefined {
  const lines = text.split('\n');
  const last = lines.pop();
  const strange = lines.findIndex((line) => !ledgerLine.test(line));
  if (strange >= 0) return strange + 1;
  return last === '' && lines.some((line) => line.startsWith('# boot ')) ? undefined : lines.length + 1;
}
