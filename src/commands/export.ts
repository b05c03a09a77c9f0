import { dirname } from 'node:path';
import { findProcess } from '../action/stop-process.ts';
import { LabnetError } from '../errors.ts';
import { uidOn } from '../ground-kind.ts';
import type { Host } from '../host/host.ts';
import { withView } from '../host/in-view.ts';
import { hashFile } from '../host/plain-file.ts';
import { distrusting, imageUid } from '../host/unprivileged.ts';
import { openStaging, sweepBuilds } from '../image/staging.ts';
import { chooseLab, loadPlan, openLab } from '../labs/lab-store.ts';
import { type Roots, vmPaths } from '../paths.ts';
import { type Plan, specsOf } from '../plan/plan.ts';
import type { Output } from '../report/output.ts';
import type { Context, Result } from '../runs/context.ts';
import { type UsersFiles, usersFiles } from '../runs/users-files.ts';

/** The flags of `labnet export`. */
export interface ExportOptions {
  readonly out: string;
  /** Whether each disk is written whole, instead of overlays on one base image. */
  readonly flatten?: boolean | undefined;
}

/** Milliseconds that copying a whole disk may take. */
const copyTimeoutMs = 3_600_000;

/**
 * Writes a lab's disks, seeds and a manifest with their hashes to a directory, to be handed out. The VMs must not run:
 * a disk copied while it is written to is no disk.
 *
 * A disk is what a guest has made of it, and its directory is the VM's own: it is read under the VM's uid alone, so
 * that neither its header nor a link in its place can lead to another file of the host.
 */
export async function exportLab(
  named: string | undefined,
  request: ExportOptions,
  context: Context,
): Promise<Result<'export'>> {
  const { host, roots, options } = context;
  const lab = await chooseLab(named, host, roots);
  // No provision may start the VMs meanwhile.
  const open = await openLab(lab, `export ${lab}`, { host, roots, wait: options.wait });
  try {
    return await exportOpen(await loadPlan(lab, host, roots), request, context);
  } finally {
    await open.close();
  }
}

/** Writes the export whole or not at all: after a failure, what was written by then is removed. */
async function exportOpen(plan: Plan, options: ExportOptions, context: Context): Promise<Result<'export'>> {
  const { host } = context;
  const { out } = options;
  await refuseRunning(plan, host);
  if ((await host.list(out)).length > 0) {
    throw new LabnetError('usage', `${out} is not empty`, { hint: 'name a new directory' });
  }
  const isNew = (await host.stat(out)) === undefined;
  const files = await usersFiles(context);
  await files.makeDirectory(out);
  try {
    return await writeExport(plan, options, { ...context, files });
  } catch (error) {
    for (const name of await host.list(out)) await files.remove(`${out}/${name}`);
    if (isNew) await files.removeEmptyDirectory(out);
    throw error;
  }
}

async function writeExport(
  plan: Plan,
  { out, flatten = false }: ExportOptions,
  { host, roots, say, signal, files: users }: Context & { readonly files: UsersFiles },
): Promise<Result<'export'>> {
  const { lab } = plan;
  const files: Output<'export'>['files'][number][] = [];
  await sweepBuilds(host, roots);
  const staging = await openStaging(host, roots);
  const items = itemsOf(plan, host, roots, { to: staging.path, flatten });
  try {
    for (const { file, reader, reads, commands } of items) {
      say(file);
      const [owner, path] = [String(reader), `${staging.path}/${file}`];
      await host.run(['install', '-m', '0600', '-o', owner, '-g', owner, '/dev/null', path]);
      await withView({ own: staging.path, read: reads }, host, async (run) => {
        for (const argv of commands) await run(reader, distrusting(argv), { timeout: copyTimeoutMs, signal });
      });
      files.push({ file, sha256: await hashFile(path, 'sha256'), bytes: (await host.stat(path))?.size ?? 0 });
      // Here no link can be in the way: nobody but root can put anything into this directory.
      await host.run(['chown', `${users.user.uid}:${users.user.gid}`, '--', path]);
      await users.copy(path, `${out}/${file}`, { timeout: copyTimeoutMs, signal });
      await host.remove(path);
    }
  } finally {
    await staging.remove();
  }
  const manifest = {
    format: 1,
    lab,
    flatten,
    vms: plan.guests.map(({ name, hostname, address, mac }) => ({ name, hostname, address, mac })),
    files,
  };
  await users.write(`${out}/manifest.json`, `${JSON.stringify(manifest, null, 2)}\n`);
  return { json: { ok: true, out, ...manifest }, text: `${files.length} files and manifest.json in ${out}` };
}

/** One file of an export: the commands that fill it, and whom they run as. */
interface Item {
  readonly file: string;
  readonly reader: number;
  /** Directories in which they read. */
  readonly reads: readonly string[];
  readonly commands: readonly (readonly string[])[];
}

function itemsOf(
  plan: Plan,
  { ground }: Pick<Host, 'ground'>,
  roots: Roots,
  { to, flatten }: { readonly to: string; readonly flatten: boolean },
): readonly Item[] {
  const copy = (from: string, file: string) => ['cp', '--sparse=always', '--', from, `${to}/${file}`];
  const images = dirname(backingOf(plan));
  const base = {
    file: 'base.qcow2',
    reader: uidOn(ground, imageUid),
    reads: [images],
    commands: [copy(backingOf(plan), 'base.qcow2')],
  };
  return [
    ...(flatten ? [] : [base]),
    ...plan.guests.flatMap(({ name, uid: reader }): readonly Item[] => {
      const from = vmPaths(roots, plan.lab, name);
      const [disk, seed] = [`sda-${name}.qcow2`, `seed-${name}.iso`];
      const flat = ['qemu-img', 'convert', '-f', 'qcow2', '-O', 'qcow2', from.disk, `${to}/${disk}`];
      // Only the name in the header changes (-u): the content is the same base, now beside it.
      const rebase = ['qemu-img', 'rebase', '-u', '-f', 'qcow2', '-F', 'qcow2', '-b', 'base.qcow2'];
      return [
        {
          file: disk,
          reader,
          reads: [from.dir, images],
          commands: flatten ? [flat] : [copy(from.disk, disk), [...rebase, `${to}/${disk}`]],
        },
        { file: seed, reader, reads: [from.dir], commands: [copy(from.seed, seed)] },
      ];
    }),
  ];
}

async function refuseRunning(plan: Plan, host: Host): Promise<void> {
  const running = await Promise.all(plan.guests.map(({ uuid, uid }) => findProcess(uuid, uid, host)));
  const names = plan.guests.filter((_, index) => running[index] !== undefined).map(({ name }) => name);
  if (names.length === 0) return;
  throw new LabnetError('failed', `${names.join(', ')} run and write to their disks`, {
    hint: `sudo labnet destroy ${plan.lab} --keep-disks, then export`,
  });
}

function backingOf(plan: Plan): string {
  const overlay = specsOf(plan).find((spec) => spec.kind === 'overlay');
  if (overlay?.kind !== 'overlay') throw new Error(`${plan.lab} has no disk`);
  return overlay.backing;
}
