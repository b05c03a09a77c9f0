import { findProcess } from '../action/stop-process.ts';
import { chooseLab, loadPlan, openLab } from '../engine/lab-store.ts';
import { requireRoot } from '../engine/preflight.ts';
import { LabnetError } from '../errors.ts';
import { hashFile } from '../host/hash-file.ts';
import type { Host } from '../host/host.ts';
import { vmPaths } from '../paths.ts';
import { type Plan, specsOf } from '../plan/plan.ts';
import type { Context, Result } from './context.ts';

export interface ExportOptions {
  readonly out: string;
  /** Each disk whole, instead of overlays on one base image. */
  readonly flatten?: boolean | undefined;
}

/** One file of an export. */
export interface ExportedFile {
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** Copying a whole disk may take this long (ms). */
const copyTime = 3_600_000;

/**
 * Writes a lab's disks, seeds and a manifest with their hashes to a directory, to be handed out. The VMs must not run:
 * a disk copied while it is written to is no disk.
 */
export async function exportLab(
  named: string | undefined,
  { out, flatten = false }: ExportOptions,
  context: Context,
): Promise<Result> {
  const { host, roots, uid, options } = context;
  requireRoot(uid);
  const lab = await chooseLab(named, host, roots);
  // No provision may start the VMs meanwhile.
  const open = await openLab(lab, `export ${lab}`, { host, roots, wait: options.wait });
  try {
    return await exportOpen(await loadPlan(lab, host, roots), { out, flatten }, context);
  } finally {
    await open.close();
  }
}

/** Whole or not at all: what was written by then goes again. */
async function exportOpen(plan: Plan, options: Required<ExportOptions>, context: Context): Promise<Result> {
  const { host } = context;
  const { out } = options;
  await refuseRunning(plan, host);
  if ((await host.list(out)).length > 0) {
    throw new LabnetError('usage', `${out} is not empty`, { hint: 'name a new directory' });
  }
  const isNew = (await host.stat(out)) === undefined;
  await host.makeDirectory(out, { mode: 0o755 });
  try {
    return await writeExport(plan, options, context);
  } catch (error) {
    for (const name of await host.list(out)) await host.remove(`${out}/${name}`);
    if (isNew) await host.removeEmptyDirectory(out);
    throw error;
  }
}

async function writeExport(
  plan: Plan,
  { out, flatten }: Required<ExportOptions>,
  { host, roots, say, signal }: Context,
): Promise<Result> {
  const { lab } = plan;
  const names: string[] = [];
  if (!flatten) {
    say('base.qcow2');
    await host.run(['cp', '--sparse=always', '--', backingOf(plan), `${out}/base.qcow2`], {
      timeout: copyTime,
      signal,
    });
    names.push('base.qcow2');
  }
  for (const { name } of plan.guests) {
    const { disk, seed } = vmPaths(roots, lab, name);
    const [diskName, seedName] = [`sda-${name}.qcow2`, `seed-${name}.iso`];
    say(diskName);
    if (flatten)
      await host.run(['qemu-img', 'convert', '-f', 'qcow2', '-O', 'qcow2', disk, `${out}/${diskName}`], {
        timeout: copyTime,
        signal,
      });
    else {
      await host.run(['cp', '--sparse=always', '--', disk, `${out}/${diskName}`], {
        timeout: copyTime,
        signal,
      });
      // Only the name in the header changes (-u): the content is the same base, now beside it.
      await host.run([
        'qemu-img',
        'rebase',
        '-u',
        '-f',
        'qcow2',
        '-F',
        'qcow2',
        '-b',
        'base.qcow2',
        `${out}/${diskName}`,
      ]);
    }
    await host.run(['cp', '--', seed, `${out}/${seedName}`]);
    names.push(diskName, seedName);
  }
  const files = await Promise.all(names.map((file) => describe(out, file, host)));
  const manifest = {
    format: 1,
    lab,
    flatten,
    vms: plan.guests.map(({ name, hostname, address, mac }) => ({ name, hostname, address, mac })),
    files,
  };
  await host.write(`${out}/manifest.json`, `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o644 });
  return { json: { ok: true, out, ...manifest }, text: `${files.length} files and manifest.json in ${out}` };
}

async function refuseRunning(plan: Plan, host: Host): Promise<void> {
  const running = await Promise.all(plan.guests.map(({ uuid, uid }) => findProcess(uuid, uid, host)));
  const names = plan.guests.filter((_, index) => running[index] !== undefined).map(({ name }) => name);
  if (names.length === 0) return;
  throw new LabnetError('failed', `${names.join(', ')} run and write to their disks`, {
    hint: `labnet destroy ${plan.lab} --keep-disks, then export`,
  });
}

function backingOf(plan: Plan): string {
  const overlay = specsOf(plan).find((spec) => spec.kind === 'overlay');
  if (overlay?.kind !== 'overlay') throw new Error(`${plan.lab} has no disk`);
  return overlay.backing;
}

async function describe(directory: string, file: string, host: Host): Promise<ExportedFile> {
  const path = `${directory}/${file}`;
  await host.run(['chmod', '0644', path]);
  return { file, sha256: await hashFile(path, 'sha256'), bytes: (await host.stat(path))?.size ?? 0 };
}
