import { basename } from 'node:path';
import { labPaths, vmPaths } from '../paths.ts';
import type { DirectorySpec } from '../resource/directory.ts';
import type { PlanContext } from './context.ts';

/** The lab's directory of sockets and namespaces, which lets everyone through: the other ones lie in it. */
export function runDirectory({ lab, roots, guests }: PlanContext): DirectorySpec {
  return {
    kind: 'directory',
    // No VM can be called so: its name has no dot.
    id: 'directory:run.lab',
    path: labPaths(roots, lab.name).run,
    mode: 0o711,
    uid: 0,
    leftovers: guests.map(({ name }) => basename(vmPaths(roots, lab.name, name).view)),
    purpose: "holds the lab's sockets and namespaces; it does not survive a reboot",
  };
}

/**
 * The files of a VM lie in a directory of root's that its own uid may pass through: it opens what is made for it, and
 * can put nothing else in place of what root reads there. The sockets are QEMU's to make.
 */
export function directorySpecs({ lab, roots, guests }: PlanContext): readonly DirectorySpec[] {
  return guests.flatMap(({ name, uid }): DirectorySpec[] => {
    const paths = vmPaths(roots, lab.name, name);
    return [
      {
        kind: 'directory',
        id: `directory:${name}`,
        vm: name,
        path: paths.dir,
        mode: 0o710,
        uid: 0,
        gid: uid,
        leftovers: ['console.log', 'qemu.log'],
        purpose: `holds the files of ${name}: the uid that ${name} runs as can open its own, and make none`,
      },
      {
        kind: 'directory',
        id: `directory:${name}.run`,
        vm: name,
        path: paths.run,
        mode: 0o700,
        uid,
        leftovers: ['qmp.sock', 'console.sock', 'channel.sock', 'save.sock'],
        purpose: `holds the sockets of ${name}: QEMU's control socket (QMP), the console, and labnet's own way in`,
      },
    ];
  });
}
