/** A host of a test's own where labnet's whole work takes a second: stand-in VMs, real network, real everything else. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { inject } from 'vitest';
import { openCage } from '../setup/cage.ts';
import { hostSnapshot, type Snapshot } from '../setup/host-snapshot.ts';
import { type LabnetRuns, labnetRuns } from '../setup/labnet-runs.ts';
import { farSide, labFile, makeHost, makeInternet } from './host-network.ts';
import { installStandIn, smallImage } from './install.ts';

export interface StandInPlace extends LabnetRuns {
  /** The words before a command that is to run in the host's network namespace. */
  readonly enter: readonly string[];
  /** Paths of the network namespaces: the host's, and the far side's. */
  readonly host: string;
  readonly internet: string;
  readonly directory: string;
  readonly state: string;
  readonly run: string;
  /** The LABNET_PATH that has the stand-ins first. */
  readonly path: string;
  /** Runs a command in the host's network namespace. */
  inHost(...argv: string[]): Promise<string>;
  /** The same, with text for its standard input. */
  feedHost(argv: readonly string[], input: string): Promise<void>;
  /** The same in another namespace of this place, by its path. */
  inside(namespace: string, ...argv: string[]): Promise<string>;
  snapshot(): Promise<Snapshot>;
  close(): Promise<void>;
}

/**
 * A cage with a host network in it, stand-ins for QEMU and ssh, a small base image, and `lab.yaml`: one VM on the host's
 * own network. Labs with --sandbox work as well. It is ready in half a second.
 *
 * @param outside the words that enter another place, when this one is to be in it
 * @param machineId of its host; left out: one that no other place has
 */
export async function standInPlace(
  cli = inject('cli'),
  outside: readonly string[] = [],
  machineId?: string,
): Promise<StandInPlace> {
  const directory = mkdtempSync(join(tmpdir(), 'labnet-stand-in-'));
  // The VMs' own uids pass through it.
  chmodSync(directory, 0o711);
  const [state, run] = [join(directory, 'state'), join(directory, 'run')];
  mkdirSync(state, { mode: 0o711 });
  const path = await installStandIn(directory);
  await smallImage(state, 'debian-11');
  await smallImage(state, 'debian-12', { kernel: true });
  const cage = await openCage(outside, machineId);
  const places = join(directory, 'network');
  const internet = await makeInternet(places, cage.enter);
  const host = await makeHost(places, internet, cage.enter);
  const inside = async (namespace: string, ...argv: string[]) => {
    const [program = '', ...args] = [...cage.enter, 'nsenter', `--net=${namespace}`, '--', ...argv];
    return (await execa(program, args)).stdout;
  };
  await startFarSide(cli, internet, places, cage.enter);
  writeFileSync(join(directory, 'lab.yaml'), labFile);
  const env = {
    LABNET_STATE: state,
    LABNET_RUN: run,
    LABNET_CACHE: join(directory, 'cache'),
    // First what a test's recorder puts there.
    LABNET_PATH: `${join(directory, 'path')}:${path}`,
  };
  const enter = [...cage.enter, 'nsenter', `--net=${host}`, '--', 'env', `--chdir=${directory}`];
  return {
    enter,
    directory,
    state,
    run,
    path: env.LABNET_PATH,
    host,
    internet,
    ...labnetRuns({ enter, cli, env, directory }),
    inside,
    async feedHost(argv, input) {
      const [program = '', ...args] = [...cage.enter, 'nsenter', `--net=${host}`, '--', ...argv];
      await execa(program, args, { input });
    },
    inHost: (...argv) => inside(host, ...argv),
    snapshot: () => hostSnapshot({ namespace: host, directories: [state, run], cage }),
    async close() {
      await cage.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** labnet's own stand-in internet serves as the far side. */
async function startFarSide(
  cli: string,
  internet: string,
  places: string,
  enter: readonly string[],
): Promise<void> {
  const ready = join(places, 'ready');
  const served = join(dirname(cli), 'stand-in-internet.js');
  const serve = ['node', served, 'stand-in-internet', farSide.server, farSide.name, ready, 'far-side'];
  const [program = '', ...args] = [...enter, 'nsenter', `--net=${internet}`, '--', ...serve];
  chmodSync(places, 0o777);
  const server = execa(program, args, { reject: false, stdin: 'ignore' });
  const ended = server.then(({ stderr }) => {
    throw new Error(`the far side ended: ${stderr}`);
  });
  ended.catch(() => {});
  const seen = async () => {
    while (!existsSync(ready)) await sleep(10);
  };
  await Promise.race([seen(), ended]);
}
