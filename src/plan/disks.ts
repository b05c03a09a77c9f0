import { secretToken } from '../action/secrets.ts';
import type { Vm } from '../lab/lab.ts';
import { formatDisk } from '../lab/quantity.ts';
import { labPaths, vmPaths } from '../paths.ts';
import type { ResourceSpec } from '../resource/index.ts';
import { guestFor, type PlanContext } from './context.ts';
import { passwordName } from './plan.ts';
import { seedSpec } from './seed.ts';

/** The lab's key, and for each VM the host key it will show and the password of its user. */
export function secretSpecs({ lab, facts, roots }: PlanContext): readonly ResourceSpec[] {
  const { clientKey } = labPaths(roots, lab.name);
  return [
    {
      kind: 'key-pair',
      // Like all ids that are not a VM's own, no VM can be called so.
      id: 'key-pair:id_ed25519',
      path: clientKey,
      comment: `labnet-${lab.name}`,
      uid: facts.invoker,
      purpose: 'the key with which `labnet ssh` and the probes enter the VMs',
    },
    ...lab.vms.flatMap((vm): ResourceSpec[] => {
      const { hostKey, password } = vmPaths(roots, lab.name, vm.name);
      return [
        {
          kind: 'key-pair',
          id: `key-pair:${vm.name}`,
          vm: vm.name,
          path: hostKey,
          comment: `root@${vm.hostname}`,
          uid: 0,
          purpose: `the host key of ${vm.name}, made here so that it is known before the first connection`,
        },
        {
          kind: 'password',
          id: `password:${vm.name}`,
          vm: vm.name,
          path: password,
          given: vm.password === undefined ? undefined : passwordName(vm.name),
        },
      ];
    }),
  ];
}

/** The base image of a lab's disks; one that is not made yet lies where it will. */
export function backingOf({ lab, facts, roots }: Pick<PlanContext, 'lab' | 'facts' | 'roots'>): string {
  return facts.image?.path ?? `${roots.state}/images/${lab.image}.qcow2`;
}

/** Per VM an overlay and a seed; for the lab the list of its host keys. */
export function diskSpecs(context: PlanContext): readonly ResourceSpec[] {
  const { lab, roots, guests, facts } = context;
  const backing = backingOf(context);
  return [
    {
      kind: 'text-file',
      id: 'text-file:known_hosts',
      path: labPaths(roots, lab.name).knownHosts,
      content: guests
        .map(({ name, address }) => {
          const hostKey = secretToken(`${vmPaths(roots, lab.name, name).hostKey}.pub`);
          return `${name},${address} ${hostKey}\n`;
        })
        .join(''),
      mode: 0o600,
      uid: facts.invoker,
      purpose: 'the host keys of the VMs, so that ssh knows them from the first connection',
    },
    ...lab.vms.flatMap((vm): ResourceSpec[] => [
      {
        kind: 'overlay',
        id: `overlay:${vm.name}`,
        vm: vm.name,
        path: vmPaths(roots, lab.name, vm.name).disk,
        backing,
        size: diskSize(vm, context),
        uid: guestFor(vm, context).uid,
      },
      seedSpec(vm, context),
    ]),
  ];
}

/** Bytes; an image's own disk is not cut short for a lab. */
function diskSize({ disk }: Vm, { facts }: PlanContext): number {
  return Math.max(disk, facts.image?.size ?? 0);
}

/** Said once, before anything is made; nothing where the image's disk fits. */
export function diskNote({ lab, facts }: PlanContext): readonly string[] {
  const { name = '', size = 0 } = facts.image ?? {};
  const small = lab.vms.filter(({ disk }) => disk < size);
  const [first] = small;
  if (first === undefined) return [];
  const whose =
    small.length === lab.vms.length ? 'the VMs have' : `${small.map((vm) => vm.name).join(', ')} have`;
  return [`the disk of ${name} is of ${formatDisk(size)}: ${whose} that, not ${formatDisk(first.disk)}`];
}
