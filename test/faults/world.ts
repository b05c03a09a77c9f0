/** The host of one worker: namespaces of its own, with everything on it that a lab must leave alone. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { mountPoints } from '../setup/foreign-mounts.ts';
import { hostSnapshot, type Snapshot } from '../setup/host-snapshot.ts';
import { standApart } from '../setup/stand-apart.ts';
import { farSide, labFile, makeHost, makeInternet, reloadRules } from '../stand-in/host-network.ts';
import { installStandIn, smallImage } from '../stand-in/install.ts';

export interface World {
  readonly directory: string;
  /** Path of the host's network namespace. */
  readonly host: string;
  readonly env: Readonly<Record<string, string>>;
  snapshot(): Promise<Snapshot>;
  /** Processes and kernel objects go, /run is emptied, the boot id is another one; the disk stays. */
  reboot(): Promise<void>;
  /** Removes the states that are kept of labs, and the templates. */
  emptyCache(): void;
  /** Puts a cache aside, to be put back for the next case. */
  keepCache(): Promise<void>;
  fillCache(): Promise<void>;
  cacheIsEmpty(): boolean;
  /** The administrator loads his rules again, after somebody has flushed them. */
  reloadRules(): Promise<void>;
}

export interface Parts {
  readonly cli: string;
  /** The folder of the stand-ins. */
  readonly standIn: string;
}

/** Makes the world; this process must be in mount, network and process namespaces of its own. */
export async function makeWorld(directory: string, { cli, standIn }: Parts): Promise<World> {
  const [program, ...args] = standApart({
    mountinfo: readFileSync('/proc/self/mountinfo', 'utf8'),
    needed: { paths: [directory, cli, standIn] },
    // The same in each world: what is tried in one was recorded in another.
    machineId: '0123456789abcdef'.repeat(2),
  });
  await execa(program, args);
  await execa('mount', ['-t', 'tmpfs', '-o', 'mode=0711', 'tmpfs', directory]);
  const [state, run, bootId] = [`${directory}/state`, `${directory}/run`, `${directory}/boot_id`];
  writeFileSync(bootId, `${randomUUID()}\n`);
  await execa('mount', ['--bind', bootId, '/proc/sys/kernel/random/boot_id']);
  mkdirSync(state, { mode: 0o711 });
  chmodSync(state, 0o711);
  const cache = `${directory}/cache`;
  const path = await installStandIn(directory, standIn);
  await smallImage(state, 'debian-11');
  await smallImage(state, 'debian-12', { kernel: true });
  writeFileSync(`${directory}/lab.yaml`, labFile);
  // Of the same name: what both do alike is called the same, and is tried with one of them.
  const twin = 'name: own\nimage: debian-12\nvms: {one: {cpus: 3, memory: 128M}}\n';
  writeFileSync(`${directory}/twin.yaml`, twin);
  const internet = await makeInternet(`${directory}/far-side`, []);
  const server = await startFarSide(internet, `${directory}/far-side`, cli);
  const places = `${directory}/network`;
  const host = await bringUp();
  return {
    directory,
    host,
    env: {
      PATH: process.env.PATH ?? '',
      LABNET_STATE: state,
      LABNET_RUN: run,
      LABNET_CACHE: cache,
      LABNET_PATH: path,
      SOURCE_DATE_EPOCH: '1700000000',
    },
    snapshot: () =>
      hostSnapshot({
        namespace: host,
        directories: [state, run],
        cage: { enter: [], root: '' },
      }),
    async reboot() {
      for (const pid of others()) if (pid !== server) kill(pid);
      for (const mount of mountsBelow(run)) await execa('umount', [mount]);
      for (const mount of mountsBelow(places)) await execa('umount', [mount]);
      rmSync(run, { recursive: true, force: true });
      rmSync(places, { recursive: true, force: true });
      writeFileSync(bootId, `${randomUUID()}\n`);
      await bringUp();
    },
    emptyCache: () => rmSync(cache, { recursive: true, force: true }),
    async keepCache() {
      await execa('cp', ['--archive', cache, `${cache}.kept`]);
    },
    async fillCache() {
      rmSync(cache, { recursive: true, force: true });
      await execa('cp', ['--archive', `${cache}.kept`, cache]);
    },
    cacheIsEmpty: () =>
      ['states', 'templates'].every(
        (kind) => !existsSync(`${cache}/${kind}`) || readdirSync(`${cache}/${kind}`).length === 0,
      ),
    reloadRules: () => reloadRules(host),
  };

  /** What the host itself sets up at each boot. */
  async function bringUp(): Promise<string> {
    const made = await makeHost(places, internet, []);
    // An innocent process: its name is like a VM's, and its pid stands in a pid file.
    const innocent = start('bash', [
      '-c',
      'exec -a "qemu-system-x86_64 -name labnet-own-one" sleep infinity',
    ]);
    writeFileSync(`${places}/one.pid`, `${innocent}\n`);
    return made;
  }
}

/** labnet's own stand-in internet serves as the far side. @returns its pid, once it answers */
async function startFarSide(internet: string, directory: string, cli: string): Promise<number | undefined> {
  const ready = `${directory}/ready`;
  chmodSync(directory, 0o777);
  const { server, name } = farSide;
  const program = join(dirname(cli), 'stand-in-internet.js');
  const serve = ['node', program, 'stand-in-internet', server, name, ready, 'far-side'];
  const pid = start('nsenter', [`--net=${internet}`, '--', ...serve]);
  while (!existsSync(ready)) {
    if (!existsSync(`/proc/${pid}`)) throw new Error('the far side ended');
    await sleep(10);
  }
  return pid;
}

/** In a session of its own, so that nothing reaches it that is meant for labnet. */
function start(program: string, args: readonly string[]): number | undefined {
  const child = spawn(program, args, { detached: true, stdio: 'ignore' });
  child.unref();
  return child.pid;
}

/** Every process here but the first, and this one. */
function others(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== 1 && pid !== process.pid);
}

/** Some have ended by themselves since they were listed. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function mountsBelow(directory: string): readonly string[] {
  return mountPoints(readFileSync('/proc/self/mountinfo', 'utf8')).filter((place) =>
    place.startsWith(`${directory}/`),
  );
}
