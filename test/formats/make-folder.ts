/** Makes every lab with the labnet of this checkout and writes down what it leaves on a host. See make.js. */
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { standInPlace } from '../stand-in/place.ts';
import { type LabToRecord, labs } from './labs-to-record.ts';
import { fill, machineId } from './placeholders.ts';
import { must, record, recordKept, valuesOf } from './record.ts';
import { recordReal } from './record-real.ts';

/**
 * @param folder of the new recordings
 * @param cli the labnet that makes the labs
 */
export async function makeFolder(folder: string, cli: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  for (const lab of labs) {
    console.log(lab.name);
    await recordStandIn(lab, join(folder, lab.name), cli);
  }
  console.log('real');
  await recordReal(join(folder, 'real'), cli);
}

async function recordStandIn(lab: LabToRecord, to: string, cli: string): Promise<void> {
  const place = await standInPlace(cli, [], machineId);
  try {
    const { directory, state, run } = place;
    const roots = { state, run, cache: join(directory, 'cache') };
    const bin = join(directory, 'stand-in');
    if (lab.surroundings !== undefined)
      await place.inHost('bash', '-e', '-c', fill(lab.surroundings, { BIN: bin }));
    if (lab.killedAt !== undefined) killAt(lab.killedAt, join(directory, 'path'));
    writeFileSync(join(directory, 'lab.yaml'), lab.text);
    const { status, stderr } = await place.labnet('provision', 'lab.yaml', ...(lab.flags ?? []));
    if ((status === 0) === (lab.killedAt !== undefined)) throw new Error(`${lab.name}: ${status} ${stderr}`);
    if (lab.kept) await must(place, 'checkpoint', 'lesson');
    const images = ['debian-11', 'debian-12'];
    const recording = { lab: lab.name, to, roots, values: valuesOf(roots, cli, images) };
    await record(recording);
    writeFileSync(join(to, 'lab.yaml'), lab.text);
    if (lab.surroundings !== undefined) writeFileSync(join(to, 'surroundings.sh'), lab.surroundings);
    if (lab.kept) recordKept(recording);
  } finally {
    await place.close();
  }
}

/** A program that comes before `ip` and, asked for that, kills labnet. */
function killAt(words: string, path: string): void {
  mkdirSync(path);
  chmodSync(path, 0o755);
  const script = `#!/bin/sh
case "$*" in *"${words}"*) kill -KILL $PPID; exit 1 ;; esac
exec /usr/sbin/ip "$@"
`;
  writeFileSync(join(path, 'ip'), script, { mode: 0o755 });
}
