import { LabnetError } from '../errors.ts';
import { vmPaths } from '../paths.ts';
import type { Context, Result } from './context.ts';
import { findGuest } from './guest.ts';

/** What a VM has said on its serial console since it was started, and what QEMU itself said. */
export async function logs(vm: string, lab: string | undefined, context: Context): Promise<Result> {
  const { guest, plan } = await findGuest(vm, lab, context);
  const paths = vmPaths(context.roots, plan.lab, guest.name);
  const [console, qemu] = await Promise.all([
    context.host.read(paths.consoleLog),
    context.host.read(paths.qemuLog),
  ]);
  if (console === undefined) {
    throw new LabnetError('failed', `${vm} has not said anything yet`, {
      hint: `it would be in ${paths.consoleLog}`,
    });
  }
  const said = qemu === undefined || qemu.trim() === '' ? '' : `\nQEMU:\n${qemu}`;
  return {
    json: { ok: true, vm, console, qemu: qemu ?? '' },
    text: `${console}${said}`,
    verbatim: true,
  };
}
