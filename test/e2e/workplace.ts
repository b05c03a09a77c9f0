import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { inject } from 'vitest';
import { baseImage } from '../setup/base-image.ts';
import { openCage } from '../setup/cage.ts';
import { hostSnapshot, type Snapshot } from '../setup/host-snapshot.ts';
import { type LabnetRuns, labnetRuns } from '../setup/labnet-runs.ts';

/** A cage and directories of a test's own, with the shared base image in its store, and labnet working in them. */
export interface Workplace extends LabnetRuns {
  /** The words before a command that is to run in the cage; its network has nothing but lo. */
  readonly enter: readonly string[];
  readonly directory: string;
  readonly state: string;
  readonly run: string;
  readonly env: Readonly<Record<string, string>>;
  readonly cli: string;
  /** Runs a command in the cage. */
  inside(...argv: string[]): Promise<string>;
  snapshot(): Promise<Snapshot>;
  /** Removes everything, whatever a failed test has left. */
  close(): Promise<void>;
}

/** @param image the base image in its store */
export async function workplace(image = 'debian-11'): Promise<Workplace> {
  const cli = inject('cli');
  const images = await baseImage(image, cli);
  const directory = mkdtempSync(join(tmpdir(), 'labnet-e2e-'));
  // The VMs' own uids pass through it.
  await execa('chmod', ['0711', directory]);
  const [state, run] = [join(directory, 'state'), join(directory, 'run')];
  mkdirSync(state, { mode: 0o711 });
  symlinkSync(join(images, 'images'), join(state, 'images'));
  const env = { LABNET_STATE: state, LABNET_RUN: run, LABNET_CACHE: join(directory, 'cache') };
  const cage = await openCage();
  const enter = [...cage.enter, 'env', `--chdir=${directory}`];
  return {
    enter,
    directory,
    state,
    run,
    env,
    cli,
    ...labnetRuns({ enter, cli, env, directory }),
    async inside(...argv) {
      const [program = '', ...args] = [...enter, ...argv];
      return (await execa(program, args)).stdout;
    },
    snapshot: () => hostSnapshot({ directories: [state, run], cage }),
    async close() {
      await cage.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** What /proc says of a process's rights. */
export function rightsOf(pid: number): Readonly<Record<string, string>> {
  const lines = readFileSync(`/proc/${pid}/status`, 'utf8').split('\n');
  return Object.fromEntries(
    lines.map((line) => line.split(/:\s+/)).map(([key = '', value = '']) => [key, value]),
  );
}
