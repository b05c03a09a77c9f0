/** Everything on a host that a lab could leave behind, in a form that compares: equal before and after, or a defect. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { quoteCommand } from '../../src/host/shell-quote.ts';
import { hostStateOf, stateQuestions } from '../../src/observe/host-state.ts';

export interface SnapshotOptions {
  /** Path of a network namespace; the cage's own unless told. */
  readonly namespace?: string | undefined;
  /** Directories whose files count; of a base-image store in them, its images. */
  readonly directories: readonly string[];
  /** Words that enter the cage that is the host, and where its file system is seen from here. */
  readonly cage: { readonly enter: readonly string[]; readonly root: string };
}

export type Snapshot = Readonly<Record<string, unknown>>;

/** What is asked besides, in one go, since each process costs time and a fault matrix asks a thousand times. */
const questions: Readonly<Record<string, readonly string[]>> = {
  ...stateQuestions,
  bridgePorts: ['bridge', '-json', 'link'],
  vlans: ['bridge', '-json', 'vlan'],
  sockets: ['cat', '/proc/net/unix'],
};

const separator = '--- labnet snapshot ---';

export async function hostSnapshot(options: SnapshotOptions): Promise<Snapshot> {
  const { namespace, directories, cage } = options;
  const { root } = cage;
  // A host without iptables-legacy has no such rules.
  const script = Object.values(questions)
    .map((words) => `command -v ${words[0]} > /dev/null && ${quoteCommand(words)}`)
    .join(`; echo '${separator}'; `);
  const argv = [
    ...cage.enter,
    ...(namespace === undefined ? [] : ['nsenter', `--net=${namespace}`, '--']),
    ...['sh', '-c', script],
  ];
  const [program = '', ...args] = argv;
  const { stdout } = await execa(program, args);
  const answers = stdout.split(separator);
  const answer = Object.fromEntries(Object.keys(questions).map((key, index) => [key, answers[index] ?? '']));
  const mountinfo = readFileSync(`${root}/proc/1/mountinfo`, 'utf8');
  const mounts = mountinfo.replaceAll(/net:\[\d+\]/g, 'net');
  const cgroups = controlGroups(`${root}/sys/fs/cgroup`).join('\n');
  return {
    ...hostStateOf({ ...answer, mounts, cgroups }, () => false),
    bridgePorts: JSON.parse(answer.bridgePorts?.trim() || '[]'),
    vlans: JSON.parse(answer.vlans?.trim() || '[]'),
    processes: processesOf(root),
    namespaces: networkNamespaces(root, mountinfo),
    files: directories.flatMap((directory) => filesIn(directory, root)),
    temporary: readdirSync(`${root}/tmp`).filter((name) => /^tmp_?-\d/.test(name)),
  };
}

/** Command lines, without that of a reader who is in the cage; a zombie has none, and is nothing but a number that its parent has not asked for. */
function processesOf(root: string): readonly string[] {
  return readdirSync(`${root}/proc`)
    .filter((name) => /^\d+$/.test(name) && !(root === '' && name === String(process.pid)))
    .map((pid) => {
      try {
        return readFileSync(`${root}/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .filter((line) => line !== '')
    .sort();
}

/** How many network namespaces mounts keep alive. */
function networkNamespaces(root: string, mountinfo: string): number {
  const own = readlinkSync(`${root}/proc/1/ns/net`);
  const mounted = mountinfo.match(/net:\[\d+\]/g) ?? [];
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
