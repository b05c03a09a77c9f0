/**
 * Every directory and file name that labnet uses, in one place. Each root can be moved by an environment variable.
 *
 * The state survives a reboot (disks, seeds, journal), the run directory does not (sockets, locks, namespaces).
 */
import { fileURLToPath } from 'node:url';
import { LabnetError } from './errors.ts';
import type { GroundKind } from './ground-kind.ts';

/** The directories a run works in. */
export interface Roots {
  /** Base images and labs: /var/lib/labnet, for a user ~/.local/state/labnet, or LABNET_STATE. */
  readonly state: string;
  /** Sockets, locks and namespaces of this boot: /run/labnet, for a user STATE/run, or LABNET_RUN. */
  readonly run: string;
  /** What may be deleted at any time: /var/cache/labnet, for a user ~/.cache/labnet, or LABNET_CACHE. */
  readonly cache: string;
  /** For a user: where root's labs lie, whose names everyone may read. */
  readonly pcState?: string;
  /**
   * The store of this PC's admin, in which base images are looked for that the own one lacks: for a user
   * /var/lib/labnet/images, or LABNET_IMAGES. Nothing is written there; undefined: the own store is all there is.
   */
  readonly sharedImages?: string | undefined;
}

/** Where root's state lies on every PC. */
const pcState = '/var/lib/labnet';

/** Where the images of root's labnet lie, which every user of the PC may read. */
export const adminsImages = `${pcState}/images`;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The directories that a run works in, by its environment.
 *
 * @param ground root's labs lie where the system's things do, a user's own where his do (XDG base directories)
 * @throws LabnetError usage for a directory that labnet cannot work in.
 */
export function rootsFrom(env: Environment, ground: GroundKind = 'pc'): Roots {
  const root = (variable: string, usual: string | (() => string)) =>
    checkedRoot(variable, env[variable] ?? (typeof usual === 'string' ? usual : usual()));
  if (ground === 'pc')
    return {
      state: root('LABNET_STATE', pcState),
      run: root('LABNET_RUN', '/run/labnet'),
      cache: root('LABNET_CACHE', '/var/cache/labnet'),
      ...(env.LABNET_IMAGES === undefined ? {} : { sharedImages: root('LABNET_IMAGES', adminsImages) }),
    };
  const state = root('LABNET_STATE', () => ofUser('XDG_STATE_HOME', '.local/state', env));
  return {
    state,
    // Not below XDG_RUNTIME_DIR: that is removed at the last logout, and with it what is mounted there (rmdir(2)).
    run: root('LABNET_RUN', `${state}/run`),
    cache: root('LABNET_CACHE', () => ofUser('XDG_CACHE_HOME', '.cache', env)),
    pcState,
    sharedImages: root('LABNET_IMAGES', adminsImages),
  };
}

/**
 * labnet's directory among the user's own; a path that is not absolute is not looked at (XDG base directories).
 *
 * @throws LabnetError usage for a user without a home
 */
function ofUser(variable: string, usual: string, env: Environment): string {
  const { [variable]: given = '', HOME: home = '' } = env;
  if (given.startsWith('/')) return `${given}/labnet`;
  if (home === '')
    throw new LabnetError(
      'usage',
      'HOME is not set, and below it labnet keeps the labs of an ordinary user',
      {
        hint: 'LABNET_STATE and LABNET_CACHE name other directories',
      },
    );
  return `${home}/${usual}/labnet`;
}

/**
 * The most bytes of a root's path: with what labnet puts behind it, it is the name of a backing file, which has 1023
 * bytes at most (QEMU, docs/interop/qcow2).
 */
const longestRoot = 900;

/**
 * Gives the path of a root if it can be used. Paths become parts of options of QEMU and ssh, and words of scripts:
 * blanks, quotes, %, commas and the like mean something in one or another.
 */
function checkedRoot(variable: string, path: string): string {
  const wrong = (reason: string) =>
    new LabnetError('usage', `${variable} ${reason}`, {
      hint: `a path such as ${variable}=/srv/labnet: of letters, digits and . _ + - @ only, beginning with a slash`,
    });
  if (Buffer.byteLength(path) > longestRoot)
    throw wrong(`is of ${Buffer.byteLength(path)} bytes: at most ${longestRoot} can be used`);
  if (!path.startsWith('/')) throw wrong(`is ${JSON.stringify(path)}, which is no absolute path`);
  // Two @ begin what stands for a secret (action/secrets.ts); one is in homes such as /home/ana@school.test.
  if (!/^(?:\/[\p{L}\p{M}\p{N}._+@-]+)+$/u.test(path) || path.includes('@@'))
    throw wrong(`is ${JSON.stringify(path)}, which cannot stand in every command line`);
  if (/\/\.\.?(?:\/|$)/.test(path)) throw wrong(`is ${JSON.stringify(path)}: write it without . and ..`);
  return path;
}

/** Bytes that the path of a unix socket can have: sun_path without its NUL (unix(7)). */
const longestSocket = 107;

/** Checks the lengths of the paths of a VM's sockets. @throws LabnetError usage when one is too long. */
export function checkSocketPaths(roots: Roots, lab: string, vm: string): void {
  const { qmp, console, channel } = vmPaths(roots, lab, vm);
  for (const path of [qmp, console, channel]) {
    const length = Buffer.byteLength(path);
    if (length <= longestSocket) continue;
    throw new LabnetError(
      'usage',
      `${path} is of ${length} bytes, and the path of a unix socket has ${longestSocket} at most`,
      { hint: 'shorter names for lab and VM, or a shorter directory: LABNET_RUN=/run/labnet' },
    );
  }
}

/** The files of one lab. */
export function labPaths(roots: Roots, lab: string) {
  const dir = `${roots.state}/labs/${lab}`;
  const run = `${roots.run}/${lab}`;
  return {
    dir,
    run,
    journal: `${dir}/journal.jsonl`,
    plan: `${dir}/plan.json`,
    snapshot: `${dir}/before.json`,
    clientKey: `${dir}/id_ed25519`,
    knownHosts: `${dir}/known_hosts`,
    hostNamespace: `${run}/host.ns`,
    internetNamespace: `${run}/internet.ns`,
    canaryNamespace: `${run}/canary.ns`,
  } as const;
}

/** The files of one VM of a lab. */
export function vmPaths(roots: Roots, lab: string, vm: string) {
  const dir = `${roots.state}/labs/${lab}/${vm}`;
  const run = `${roots.run}/${lab}/${vm}`;
  return {
    dir,
    run,
    disk: `${dir}/sda-${vm}.qcow2`,
    seed: `${dir}/seed.iso`,
    seedSources: `${dir}/seed`,
    hostKey: `${dir}/ssh_host_ed25519_key`,
    password: `${dir}/password`,
    consoleLog: `${dir}/console.log`,
    qemuLog: `${dir}/qemu.log`,
    qmp: `${run}/qmp.sock`,
    console: `${run}/console.sock`,
    /** The host's end of the port by which labnet enters a VM without its network. */
    channel: `${run}/channel.sock`,
    /** Where the file system that the VM's QEMU sees is mounted: in a directory of root's, which no VM can change. */
    view: `${roots.run}/${lab}/${vm}.view`,
    /** QEMU sends a VM's state here while it is saved. */
    save: `${run}/save.sock`,
  } as const;
}

/**
 * The two directories in which checkpoints lie, those of each lab in one of its own: today's, then that of a labnet
 * before 0.3.
 */
export function checkpointPlaces({
  state,
  cache,
}: Pick<Roots, 'state' | 'cache'>): readonly [string, string] {
  return [`${state}/checkpoints`, `${cache}/checkpoints`];
}

/** The record of the host's own kernel settings that labs hold. */
export function settingsLedger(roots: Roots): string {
  return `${roots.run}/settings.conf`;
}

/** Files shipped with labnet; both src/ and the bundle in dist/ stand one level below the package root. */
export const shipped = {
  /** What runs inside guests. */
  guest: fileURLToPath(new URL('../guest/', import.meta.url)),
  /** The Handlebars templates of the three files of a seed. */
  seedTemplates: fileURLToPath(new URL('../templates/seed/', import.meta.url)),
  /** Labs to begin with, as `labnet init` writes them. */
  labTemplates: fileURLToPath(new URL('../templates/labs/', import.meta.url)),
  images: fileURLToPath(new URL('../images/', import.meta.url)),
  packageJson: fileURLToPath(new URL('../package.json', import.meta.url)),
} as const;
