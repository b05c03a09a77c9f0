/** Everything on a host that a lab could leave behind, in a form that compares: equal before and after, or a defect. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

export interface SnapshotOptions {
  /** Path of a network namespace; the root one unless told. */
  readonly namespace?: string | undefined;
  /** Directories whose files count; the base-image store in them does not. */
  readonly directories: readonly string[];
  /** Processes with this text on their command line count. */
  readonly processText: string;
}

export type Snapshot = Readonly<Record<string, unknown>>;

export async function hostSnapshot({
  namespace,
  directories,
  processText,
}: SnapshotOptions): Promise<Snapshot> {
  const show = async (...argv: string[]) => {
    const [program = '', ...args] =
      namespace === undefined ? argv : ['nsenter', `--net=${namespace}`, '--', ...argv];
    return (await execa(program, args)).stdout;
  };
  const json = async (...argv: string[]) => steady(JSON.parse((await show(...argv)) || '[]'));
  return {
    links: await json('ip', '-details', '-json', 'link'),
    addresses: await json('ip', '-json', 'address'),
    routes: await json('ip', '-details', '-json', 'route', 'show', 'table', 'all'),
    routes6: await json('ip', '-6', '-details', '-json', 'route', 'show', 'table', 'all'),
    rules: await json('ip', '-json', 'rule'),
    nft: await show('nft', '--stateless', 'list', 'ruleset'),
    sysctls: (await show('sysctl', '--all', '--pattern', '^net[.]'))
      .split('\n')
      .filter((line) => !counting.test(line))
      .sort(),
    processes: processesWith(processText),
    mounts: readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .map((line) => line.split(' ').slice(3).join(' '))
      .sort(),
    namespaces: networkNamespaces(),
    abstractSockets: readFileSync('/proc/net/unix', 'utf8')
      .split('\n')
      .flatMap((line) => /@.*labnet.*/.exec(line)?.[0] ?? [])
      .sort(),
    files: directories.flatMap((directory) => filesIn(directory)),
    temporary: readdirSync('/tmp').filter((name) => /^tmp-\d/.test(name)),
  };
}

/** Values that change by themselves. */
const counting = /nf_conntrack_count|random|\.(base_reachable|dirty|file-nr)/;
const timers = /timer|valid_life_time|preferred_life_time|expires|stats|^(ifindex|link_index|operstate)$/;

function steady(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(steady);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !timers.test(key))
      .map(([key, one]) => [key, steady(one)]),
  );
}

function processesWith(text: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .filter((line) => line.includes(text))
    .sort();
}

/** How many network namespaces any process or mount keeps alive. */
function networkNamespaces(): readonly string[] {
  const own = readlinkSync('/proc/self/ns/net');
  const mounted = readFileSync('/proc/self/mountinfo', 'utf8').match(/net:\[\d+\]/g) ?? [];
  return [...new Set(mounted)].filter((name) => name !== own);
}

function filesIn(directory: string): readonly string[] {
  let names: string[];
  try {
    names = readdirSync(directory).sort();
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    const path = join(directory, name);
    const facts = statSync(path);
    const line = `${path} ${facts.mode.toString(8)} ${facts.uid}:${facts.gid}`;
    if (name === 'images') return [];
    if (facts.isDirectory()) return [line, ...filesIn(path)];
    return [`${line} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`];
  });
}
