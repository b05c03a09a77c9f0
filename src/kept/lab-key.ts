import { createHash } from 'node:crypto';
import type { Host } from '../host/host.ts';
import { readCpuModel } from '../observe/resources.ts';
import { type Plan, specsOf } from '../plan/plan.ts';
import { qemuCommand } from '../qemu/command-line.ts';
import { qemuVersion } from '../qemu/qemu-version.ts';
import type { ResourceSpec } from '../resource/index.ts';
import { instanceIdIn } from '../resource/seed.ts';
import { wishOf } from '../resource/wish.ts';
import { canonical } from '../text/canonical.ts';

/** What of a host a saved VM depends on. */
export interface SavedUnder {
  /** The first line of QEMU's --version. */
  readonly qemu: string;
  /** The host's own CPU, which guests have seen under KVM; empty under TCG. */
  readonly cpu: readonly string[];
}

/**
 * Names all that a configured lab was made from: image (by its hash), seeds, hardware, QEMU's version, and under KVM
 * the host's own CPU, which the guests have seen. Passwords are no part of it: see `givenPasswords` in saved-lab.ts.
 */
export async function labKey(plan: Plan, host: Host): Promise<string> {
  const qemu = await qemuVersion(host);
  const cpu = plan.guests.some(({ accelerator }) => accelerator === 'kvm') ? await readCpuModel(host) : [];
  return createHash('sha256').update(labKeyText(plan, { qemu, cpu })).digest('hex');
}

/** The text whose SHA-256 is a lab's key. */
export function labKeyText(plan: Plan, { qemu, cpu }: SavedUnder): string {
  const specs = specsOf(plan);
  const isFormer = specs.some((spec) => spec.kind === 'seed' && spec.asked === undefined);
  if (isFormer) return formerText(specs, { qemu, cpu });
  return canonical({ qemu, cpu, made: specs.flatMap((spec) => madeOf(spec) ?? []) });
}

/**
 * What of a spec goes into a configured VM; undefined for links and rules of the host, which are made anew each time. A
 * seed counts by what it says, and a machine by its command line, which must fit the memory that is loaded.
 */
function madeOf(spec: ResourceSpec): unknown {
  switch (spec.kind) {
    case 'overlay':
    case 'key-pair':
    case 'password':
      return wishOf(spec);
    case 'seed':
      return { path: spec.path, instanceId: instanceIdIn(spec) };
    case 'machine':
      return { uid: spec.uid, argv: qemuCommand(spec.command, 'whole') };
    default:
      return undefined;
  }
}

/** The text as a labnet before 0.3 made it: from all of the specs, key by key in the order of then. */
function formerText(specs: readonly ResourceSpec[], { qemu, cpu }: SavedUnder): string {
  const kinds: readonly string[] = ['overlay', 'seed', 'machine', 'key-pair', 'password'];
  const known = specs
    .filter(({ kind }) => kinds.includes(kind))
    // Then only machines told which VM they belong to.
    .map((spec) => (spec.kind === 'machine' ? spec : { ...spec, vm: undefined }))
    // The owner of the lab's key tells nothing of the VMs.
    .map((spec) => (spec.kind === 'key-pair' ? { ...spec, uid: undefined } : spec))
    // How its QEMU is started, and what it sees of the host, tells nothing of a VM.
    .map((spec) =>
      spec.kind === 'machine'
        ? { ...spec, command: { ...spec.command, crowded: undefined }, scope: undefined, view: undefined }
        : spec,
    );
  return JSON.stringify({ qemu, cpu, specs: known });
}
