/** Everything on a host that a lab could leave behind, in a form that compares: equal before and after, or a defect. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

export interface SnapshotOptions {
  /** Path of a network namespace; the root one unless told. */
  readonly namespace?: string | undefined;
  /** Directories whose files count; of a base-image store in them, its images. */
  readonly directories: readonly string[];
  /** Processes with this text on their command line count; left out: all of them. */
  readonly processText?: string | undefined;
  /** The host is a cage: words that enter it, and where its file system is seen from here. */
  readonly cage?: { readonly enter: readonly string[]; readonly root: string } | undefined;
}

export type Snapshot = Readonly<Record<string, unknown>>;

/** What is asked of the kernel, in one go, since each process costs time and a fault matrix asks a thousand times. */
const questions = {
  links: 'ip -details -json link',
  bridgePorts: 'bridge -json link',
  vlans: 'bridge -json vlan',
  addresses: 'ip -json address',
  routes: 'ip -details -json route show table all',
  routes6: 'ip -6 -details -json route show table all',
  rules: 'ip -json rule',
  rules6: 'ip -6 -json rule',
  nft: 'nft --stateless list ruleset',
  legacy: 'if command -v iptables-legacy-save; then iptables-legacy-save; ip6tables-legacy-save; fi',
  sysctls: "sysctl --all --pattern '^net[.]'",
  sockets: 'cat /proc/net/unix',
} as const;

const separator = '--- labnet snapshot ---';

export async function hostSnapshot(options: SnapshotOptions): Promise<Snapshot> {
  const { namespace, directories, processText, cage } = options;
  const root = cage?.root ?? '';
  const script = Object.values(questions).join(`; echo '${separator}'; `);
  const argv = [
    ...(cage?.enter ?? []),
    ...(namespace === undefined ? [] : ['nsenter', `--net=${namespace}`, '--']),
    ...['sh', '-c', script],
  ];
  const [program = '', ...args] = argv;
  const { stdout } = await execa(program, args);
  const answers = stdout.split(separator);
  const answer = Object.fromEntries(Object.keys(questions).map((key, index) => [key, answers[index] ?? '']));
  const json = (key: keyof typeof questions) => steady(JSON.parse(answer[key]?.trim() || '[]'));
  const lines = (key: keyof typeof questions) => (answer[key] ?? '').trim().split('\n');
  return {
    links: json('links'),
    bridgePorts: json('bridgePorts'),
    vlans: json('vlans'),
    addresses: json('addresses'),
    routes: json('routes'),
    routes6: json('routes6'),
    rules: json('rules'),
    rules6: json('rules6'),
    nft: lines('nft'),
    // The counters move with every packet.
    legacy: lines('legacy').flatMap((line) => (line.startsWith('#') ? [] : line.replace(/\[\d+:\d+\]/, ''))),
    sysctls: lines('sysctls')
      .filter((line) => !counting.test(line))
      .sort(),
    processes: processesOf(root, processText),
    mounts: readFileSync(`${root}/proc/${cage === undefined ? 'self' : '1'}/mountinfo`, 'utf8')
      .split('\n')
      .map((line) =>
        line
          .split(' ')
          .slice(3)
          .join(' ')
          .replace(/net:\[\d+\]/, 'net'),
      )
      .sort(),
    namespaces: networkNamespaces(root, cage === undefined ? 'self' : '1'),
    abstractSockets: lines('sockets')
      .flatMap((line) => /@.*labnet.*/.exec(line)?.[0] ?? [])
      .sort(),
    cgroups: controlGroups('/sys/fs/cgroup'),
    files: directories.flatMap((directory) => filesIn(directory, root)),
    temporary: readdirSync(`${root}/tmp`).filter((name) => /^tmp-\d/.test(name)),
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

/** Command lines; a zombie has none, and is nothing but a number that its parent has not asked for. */
function processesOf(root: string, text: string | undefined): readonly string[] {
  return readdirSync(`${root}/proc`)
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .map((pid) => {
      try {
        return readFileSync(`${root}/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .filter((line) => line !== '' && (text === undefined || line.includes(text)))
    .sort();
}

/** How many network namespaces mounts keep alive. */
function networkNamespaces(root: string, process: string): number {
  const own = readlinkSync(`${root}/proc/${process}/ns/net`);
  const mounted = readFileSync(`${root}/proc/${process}/mountinfo`, 'utf8').match(/net:\[\d+\]/g) ?? [];
  return new Set(mounted.filter((name) => name !== own)).size;
}

/** Only those of virtual machines: a host's other ones come and go. */
function controlGroups(directory: string): readonly string[] {
  let names: string[];
  try {
    names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  } catch {
    return [];
  }
  return names.filter((name) => /(?:labnet|qemu|machine)[^/]*$/.test(name)).sort();
}

/** Bytes of a base image that are read again for each snapshot; of a larger one size and time of change must do. */
const hashed = 16 * 1024 * 1024;

function filesIn(directory: string, root: string): readonly string[] {
  let names: string[];
  try {
    names = readdirSync(root + directory).sort();
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    const path = join(directory, name);
    const facts = statSync(root + path);
    const line = `${path} ${facts.mode.toString(8)} ${facts.uid}:${facts.gid}`;
    if (facts.isDirectory()) return [line, ...filesIn(path, root)];
    if (facts.isFile() && facts.size > hashed) return [`${line} ${facts.size} ${facts.mtimeMs}`];
    const content = facts.isFile() ? readFileSync(root + path) : '';
    return [`${line} ${createHash('sha256').update(content).digest('hex')}`];
  });
}
