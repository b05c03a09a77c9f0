import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { baseImage } from '../setup/base-image.ts';
import { labnetRuns } from '../setup/labnet-runs.ts';
import { namespaces } from '../setup/namespaces.ts';
import { must, record, valuesOf } from './record.ts';

/**
 * Records a lab of a real VM, in a sandbox. It has a network namespace of its own, so that nothing of this machine's network
 * stands in what is recorded.
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
  const network = namespaces();
  const namespace = await network.make('host');
  const env = { LABNET_STATE: roots.state, LABNET_RUN: roots.run, LABNET_CACHE: roots.cache };
  const labnet = labnetRuns({ enter: ['nsenter', `--net=${namespace}`, '--'], cli, env, directory });
  try {
    await must(labnet, 'provision', '--vms', '1', '--sandbox');
    await record({ lab: 'lab', to, roots, values: valuesOf(roots, cli, ['debian-11']) });
  } finally {
    await labnet.labnet('destroy', '--all', '--yes');
    await network.close();
    rmSync(directory, { recursive: true, force: true });
  }
}
