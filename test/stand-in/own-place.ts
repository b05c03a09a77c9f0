/** An ordinary user on the host of a stand-in place: his labs are made without any right of root. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inject } from 'vitest';
import { type LabnetRuns, labnetRuns } from '../setup/labnet-runs.ts';
import { labFile } from './host-network.ts';
import { type StandInPlace, standInPlace } from './place.ts';

/** No user of this machine, and none that labnet gives to a VM. */
export const uid = 47_110;

export interface OwnPlace extends LabnetRuns {
  /** The PC, as its root has it. */
  readonly pc: StandInPlace;
  readonly home: string;
  /** Runs a command as the user. */
  asUser(...argv: string[]): Promise<string>;
  /** The user's processes, by what they are called. */
  processes(): Promise<readonly string[]>;
  /** All files in the user's home but the images of his store. */
  files(): readonly string[];
  close(): Promise<void>;
}

/** A user with a home that nobody else can enter, an image, and `lab.yaml`: one VM that goes out as the PC does. */
export async function ownPlace(): Promise<OwnPlace> {
  const pc = await standInPlace();
  const home = join(pc.directory, 'home');
  const state = join(home, '.local', 'state', 'labnet');
  mkdirSync(state, { recursive: true });
  execFileSync('cp', ['--archive', join(pc.state, 'images'), state]);
  writeFileSync(join(home, 'lab.yaml'), labFile);
  execFileSync('chown', ['--recursive', `${uid}:${uid}`, home]);
  execFileSync('chmod', ['0700', home]);
  // Where the tests have built it only root can read it.
  const program = join(pc.directory, 'labnet');
  execFileSync('cp', ['--recursive', '--dereference', dirname(dirname(inject('cli'))), program]);
  execFileSync('chmod', ['--recursive', 'a+rX', program]);
  // As udev makes it on every PC.
  await pc.inHost('mount', '-t', 'tmpfs', '-o', 'mode=0755', 'tmpfs', '/dev/net');
  await pc.inHost('mknod', '--mode=0666', '/dev/net/tun', 'c', '10', '200');
  await pc.inHost('sysctl', '-qw', 'net.ipv4.ping_group_range=0 2147483647');
  const rights = ['--inh-caps=-all', '--bounding-set=-all', '--no-new-privs'];
  const become = ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', ...rights, '--'];
  const words = [...become, 'env', `--chdir=${home}`, `HOME=${home}`];
  const enter = [...pc.enter, ...words];
  return {
    pc,
    home,
    ...labnetRuns({
      enter,
      cli: join(program, 'dist', 'cli.js'),
      env: { LABNET_PATH: pc.path },
      directory: pc.directory,
    }),
    asUser: (...argv) => pc.inHost(...words, ...argv),
    async processes() {
      const said = await pc.inHost('ps', '--no-headers', '-eo', 'uid,state,args');
      return said
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .flatMap(([of, how, ...args]) => (of === String(uid) && how !== 'Z' ? [args.join(' ')] : []));
    },
    files: () =>
      execFileSync('find', [home, '-mindepth', '1', '-not', '-path', `${state}/images*`, '-printf', '%P\n'])
        .toString()
        .trim()
        .split('\n')
        .sort(),
    close: () => pc.close(),
  };
}
