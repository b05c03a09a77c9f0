/**
 * A host's network and what else a lab could leave behind, as lines that compare: what changes by itself is left out
 * (lifetimes, counters, temporary addresses, interface numbers), and so is what the caller hides.
 */
import * as z from 'zod';
import { LabnetError } from '../errors.ts';
import type { Host } from './host.ts';

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

export type HostState = Readonly<Record<(typeof stateParts)[number], readonly string[]>>;

export interface StateOptions {
  /** Path of a network namespace; labnet's own unless told. */
  readonly namespace?: string | undefined;
  /** Links and nft tables with such a mark do not count, nor does what belongs to these links. */
  readonly hides?: (mark: string) => boolean;
}

const linkSchema = z.looseObject({
  ifname: z.string(),
  ifalias: z.string().optional(),
  addr_info: z
    .array(z.looseObject({ local: z.string().optional(), temporary: z.boolean().optional() }))
    .default([]),
});

/** Runs all its commands side by side; changes nothing. */
export async function readHostState(
  host: Host,
  { namespace, hides = () => false }: StateOptions = {},
): Promise<HostState> {
  const say = async (...argv: string[]) =>
    // sysctl ends with 1 or 255 for keys that can only be written.
    (await host.run(argv, { namespace, accept: [0, 1, 255] })).stdout;
  const json = async (...argv: string[]): Promise<unknown> => JSON.parse((await say(...argv)) || '[]');
  const [addresses, routes, routes6, rules, rules6, nft, iptables, ip6tables, settings] = await Promise.all([
    json('ip', '-details', '-json', 'address', 'show'),
    json('ip', '-details', '-json', 'route', 'show', 'table', 'all'),
    json('ip', '-6', '-details', '-json', 'route', 'show', 'table', 'all'),
    json('ip', '-json', 'rule', 'show'),
    json('ip', '-6', '-json', 'rule', 'show'),
    say('nft', '--stateless', 'list', 'ruleset'),
    say('iptables-legacy-save').catch(noneIfMissing),
    say('ip6tables-legacy-save').catch(noneIfMissing),
    say('sysctl', '--all', '--pattern', '^net[.]'),
  ]);
  const all = z.array(linkSchema).parse(addresses);
  const hidden = new Set(all.filter(({ ifalias }) => hides(ifalias ?? '')).map(({ ifname }) => ifname));
  const links = all.filter(({ ifname }) => !hidden.has(ifname));
  const passing = new Set(
    links.flatMap(({ addr_info }) => addr_info.filter(isTemporary).map(({ local }) => local)),
  );
  return {
    links: lines(
      links.map((link) => ({ ...link, addr_info: link.addr_info.filter((one) => !isTemporary(one)) })),
    ),
    routes: lines(
      [...routeSchema.parse(routes), ...routeSchema.parse(routes6)].filter(
        ({ dst, dev }) => !hidden.has(dev ?? '') && !passing.has(dst),
      ),
    ),
    rules: [...lines(z.array(z.unknown()).parse(rules)), ...lines(z.array(z.unknown()).parse(rules6))],
    nftables: tableLines(nft, hides),
    iptables: `${iptables}${ip6tables}`.split('\n').flatMap(rule),
    settings: settings
      .split('\n')
      .filter((line) => line !== '' && !counting.test(line) && !hidden.has(interfaceOf(line)))
      .sort(),
    mounts: ((await host.read('/proc/self/mountinfo')) ?? '')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split(' ').slice(3).join(' '))
      .sort(),
    cgroups: (await host.list('/sys/fs/cgroup')).filter((name) => name.includes('labnet')),
    sockets: [...((await host.read('/proc/net/unix')) ?? '').matchAll(/@.*labnet.*/g)]
      .map(([name]) => name)
      .sort(),
  };
}

const routeSchema = z.array(z.looseObject({ dst: z.string(), dev: z.string().optional() }));

/** An address for privacy (RFC 8981): the kernel makes and drops them by the hour. */
const isTemporary = ({ temporary }: { readonly temporary?: boolean | undefined }) => temporary === true;

const counting = /nf_conntrack_count|random|tcp_fastopen_key|\.(base_reachable|dirty|file-nr)/;
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

/** Each line with the table it stands in; in their order, which decides what a rule does. */
function tableLines(ruleset: string, hides: (mark: string) => boolean): readonly string[] {
  return ruleset.split(/^(?=table )/m).flatMap((table) => {
    const [, name = ''] = /^(table \S+ \S+)/.exec(table) ?? [];
    const [, mark = ''] = /^\tcomment "([^"]*)"$/m.exec(table) ?? [];
    if (hides(mark)) return [];
    return table.split('\n').flatMap((line) => (line.trim() === '' ? [] : [`${name}: ${line.trim()}`]));
  });
}

/** Without the date of printing and the counts of packets. */
function rule(line: string): readonly string[] {
  return line === '' || line.startsWith('#') ? [] : [line.replace(/\[\d+:\d+\]/, '')];
}

/** Of "net.ipv4.conf.eth0/100.forwarding = 1": eth0.100. */
function interfaceOf(line: string): string {
  return (/^net\.[^.]+\.(?:conf|neigh)\.([^.]+)\./.exec(line)?.[1] ?? '').replaceAll('/', '.');
}

function noneIfMissing(error: unknown): string {
  if (error instanceof LabnetError && error.code === 'missing-program') return '';
  throw error;
}
