import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { baseImage } from '../setup/base-image.ts';
import { openCage } from '../setup/cage.ts';
import { labnetRuns } from '../setup/labnet-runs.ts';
import { machineId } from './placeholders.ts';
import { must, record, valuesOf } from './record.ts';

/**
 * Records a lab of a real VM, in a sandbox. It is in a cage, so that nothing else of this machine stands in what is
 * recorded.
 */
export async function recordReal(to: string, cli: string): Promise<void> {
  const images = await baseImage('debian-11', cli);
  const directory = mkdtempSync(join(tmpdir(), 'labnet-formats-'));
  // The VM's own uid passes through it.
  chmodSync(directory, 0o711);
  const inIt = (name: string) => join(directory, name);
  const roots = { state: inIt('state'), run: inIt('run'), cache: inIt('cache') };
  mkdirSync(roots.state, { mode: 0o711 });
  symlinkSync(join(images, 'images'), join(roots.state, 'images'));
  const cage = await openCage([], machineId);
  const env = { LABNET_STATE: roots.state, LABNET_RUN: roots.run, LABNET_CACHE: roots.cache };
  const enter = [...cage.enter, 'env', `--chdir=${directory}`];
  const labnet = labnetRuns({ enter, cli, env, directory });
  try {
    await must(labnet, 'provision', '--vms', '1', '--sandbox');
    await record({ lab: 'lab', to, roots, values: valuesOf(roots, cli, ['debian-11']) });
  } finally {
    await cage.close();
    rmSync(directory, { recursive: true, force: true });
  }
}
