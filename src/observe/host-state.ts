/**
 * A host's network and what else a lab could leave behind, as lines that compare: what changes by itself is left out
 * (lifetimes, counters, temporary addresses, interface numbers), and so is what the caller hides.
 */

import { LabnetError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import * as z from '../zod.ts';
import { settingKey } from './setting-file.ts';

/** The parts of a host's state, in the order in which differences are told. */
export const stateParts = [
  'links',
  'routes',
  'rules',
  'nftables',
  'iptables',
  'settings',
  'mounts',
  'cgroups',
  'sockets',
] as const;

/** The state of a host: for each part its lines. */
export type HostState = Readonly<Record<(typeof stateParts)[number], readonly string[]>>;

const linkSchema = z.array(
  z.looseObject({
    ifname: z.string(),
    ifalias: z.string().optional(),
    addr_info: z
      .array(z.looseObject({ local: z.string().optional(), temporary: z.boolean().optional() }))
      .default([]),
  }),
);

/** The commands that tell the state of a host; of a table, ip shows the routes of all families. */
export const stateQuestions = {
  addresses: ['ip', '-details', '-json', 'address', 'show'],
  routes: ['ip', '-details', '-json', 'route', 'show', 'table', 'all'],
  rules: ['ip', '-json', 'rule', 'show'],
  rules6: ['ip', '-6', '-json', 'rule', 'show'],
  nftables: ['nft', '--stateless', 'list', 'ruleset'],
  iptables: ['iptables-legacy-save'],
  ip6tables: ['ip6tables-legacy-save'],
  // sysctl(8) takes four times as long, to leave out two settings that have other names by now.
  settings: ['grep', '--recursive', '--no-messages', '--text', '', '/proc/sys/net'],
} as const;

/** What is answered to root alone: an ordinary user can neither see nor change those rules. */
const rootsQuestions: readonly string[] = ['nftables', 'iptables', 'ip6tables'];

/**
 * The exit statuses of commands that have nothing to tell: grep's where there are files that can only be written, ip's
 * where the kernel has no IPv6, those of iptables where it has no such tables.
 */
const nothingThere: Partial<Record<string, readonly number[]>> = {
  settings: [1, 2],
  rules6: [255],
  iptables: [1],
  ip6tables: [1],
};

/** What the commands of `stateQuestions` answered, with what is read from files; no answer counts as an empty one. */
export type StateAnswers = Partial<
  Record<keyof typeof stateQuestions | 'mounts' | 'sockets' | 'cgroups', string>
>;

/** Reads the state of a host, asking everything side by side; changes nothing. */
export async function readHostState(host: Host, hides: (mark: string) => boolean): Promise<HostState> {
  const questions = Object.entries(stateQuestions).filter(
    ([part]) => host.ground === 'pc' || !rootsQuestions.includes(part),
  );
  const asked = questions.map(async ([part, argv]) => {
    const answer = host.run(argv, { accept: [0, ...(nothingThere[part] ?? [])] });
    const text = answer.then(({ status, stdout }) => (status === 0 || part === 'settings' ? stdout : ''));
    return [part, await text.catch(noneIfMissing)] as const;
  });
  const [answers, mounts = '', sockets = '', groups] = await Promise.all([
    Promise.all(asked),
    host.read('/proc/self/mountinfo'),
    host.read('/proc/net/unix'),
    host.list('/sys/fs/cgroup'),
  ]);
  const cgroups = groups.filter((name) => name.includes('labnet')).join('\n');
  return hostStateOf({ ...Object.fromEntries(answers), mounts, sockets, cgroups }, hides);
}

/**
 * Makes the state of a host from what was answered.
 *
 * @param hides links and nft tables with such a mark do not count, nor does what belongs to these links
 */
export function hostStateOf(said: StateAnswers, hides: (mark: string) => boolean): HostState {
  const all = linkSchema.parse(parse(said.addresses));
  const hidden = new Set(all.filter(({ ifalias }) => hides(ifalias ?? '')).map(({ ifname }) => ifname));
  const links = all.filter(({ ifname }) => !hidden.has(ifname));
  const passing = new Set(
    links.flatMap(({ addr_info }) => addr_info.filter(isTemporary).map(({ local }) => local)),
  );
  const routes = routeSchema.parse(parse(said.routes));
  return {
    links: lines(
      links.map((link) => ({ ...link, addr_info: link.addr_info.filter((one) => !isTemporary(one)) })),
    ),
    routes: lines(routes.filter(({ dst, dev }) => !hidden.has(dev ?? '') && !passing.has(dst))),
    rules: [said.rules, said.rules6].flatMap((text) => lines(z.array(z.unknown()).parse(parse(text)))),
    nftables: tableLines(said.nftables ?? '', hides),
    iptables: [said.iptables, said.ip6tables].flatMap(textLines).flatMap(rule),
    settings: textLines(said.settings)
      .map(setting)
      .filter((line) => !counting.test(line) && !hidden.has(interfaceOf(line)))
      .sort(),
    mounts: textLines(said.mounts)
      .map((line) => line.split(' ').slice(3).join(' '))
      .sort(),
    cgroups: textLines(said.cgroups).sort(),
    sockets: [...(said.sockets ?? '').matchAll(/@.*labnet.*/g)].map(([name]) => name).sort(),
  };
}

const parse = (json = ''): unknown => JSON.parse(json.trim() || '[]');
const textLines = (text = '') => text.split('\n').filter((line) => line !== '');

const routeSchema = z.array(z.looseObject({ dst: z.string(), dev: z.string().optional() }));

/** Whether an address is one for privacy (RFC 8981): the kernel makes and drops them by the hour. */
const isTemporary = ({ temporary }: { readonly temporary?: boolean | undefined }) => temporary === true;

const counting = /nf_conntrack_count|random|tcp_fastopen_key|\.(base_reachable|retrans_time |dirty|file-nr)/;
const timers =
  /timer|valid_life_time|preferred_life_time|expires|stats|^(ifindex|link_index|operstate|tentative|deprecated)$/;

function lines(values: readonly unknown[]): readonly string[] {
  return values.map((value) => JSON.stringify(steady(value))).sort();
}

function steady(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(steady);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !timers.test(key))
      .map(([key, one]) => [key, steady(one)]),
  );
}

/** The lines of a ruleset, each with the table it stands in; they keep their order, which decides what a rule does. */
function tableLines(ruleset: string, hides: (mark: string) => boolean): readonly string[] {
  return ruleset.split(/^(?=table )/m).flatMap((table) => {
    const [, name = ''] = /^(table \S+ \S+)/.exec(table) ?? [];
    const [, mark = ''] = /^\tcomment "([^"]*)"$/m.exec(table) ?? [];
    if (hides(mark)) return [];
    return table.split('\n').flatMap((line) => (line.trim() === '' ? [] : [`${name}: ${line.trim()}`]));
  });
}

/** A line of what iptables-save prints, without the date of printing and the counts of packets. */
function rule(line: string): readonly string[] {
  return line === '' || line.startsWith('#') ? [] : [line.replace(/\[\d+:\d+\]/, '')];
}

/** The link that a setting is for: eth0.100 of "net.ipv4.conf.eth0/100.forwarding = 1". */
function interfaceOf(line: string): string {
  return (/^net\.[^.]+\.(?:conf|neigh)\.([^.]+)\./.exec(line)?.[1] ?? '').replaceAll('/', '.');
}

/**
 * A setting as sysctl(8) prints it: "net.ipv4.conf.eth0/100.forwarding = 1" for
 * "/proc/sys/net/ipv4/conf/eth0.100/forwarding:1".
 */
function setting(line: string): string {
  const [, path = '', value = ''] = /^([^:]*):(.*)$/.exec(line) ?? [];
  return `${settingKey(path)} = ${value}`;
}

function noneIfMissing(error: unknown): string {
  if (error instanceof LabnetError && error.code === 'missing-program') return '';
  throw error;
}
