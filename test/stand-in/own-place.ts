/** An ordinary user on the host of a stand-in place: his labs are made without any right of root. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LabnetRuns, labnetRuns } from '../setup/labnet-runs.ts';
import { ordinaryUser, processesOfUser } from '../setup/ordinary-user.ts';
import { labFile } from './host-network.ts';
import { type StandInPlace, standInPlace } from './place.ts';

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
  const user = await ordinaryUser(pc.directory, pc.inHost);
  await pc.inHost('sysctl', '-qw', 'net.ipv4.ping_group_range=0 2147483647');
  const enter = [...pc.enter, ...user.become];
  return {
    pc,
    home,
    ...labnetRuns({
      enter,
      cli: user.cli,
      env: { LABNET_PATH: pc.path },
      directory: pc.directory,
    }),
    asUser: (...argv) => pc.inHost(...user.become, ...argv),
    processes: () => processesOfUser(pc.inHost),
    files: () =>
      execFileSync('find', [home, '-mindepth', '1', '-not', '-path', `${state}/images*`, '-printf', '%P\n'])
        .toString()
        .trim()
        .split('\n')
        .sort(),
    close: () => pc.close(),
  };
}
