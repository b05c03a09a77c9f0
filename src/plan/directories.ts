import { labPaths, vmPaths } from '../paths.ts';
import type { DirectorySpec } from '../resource/directory.ts';
import type { PlanContext } from './context.ts';

/** The lab's directory of sockets and namespaces, which lets everyone through: the other ones lie in it. */
export function runDirectory({ lab, roots }: PlanContext): DirectorySpec {
  return {
    kind: 'directory',
    // No VM can be called so: its name has no dot.
    id: 'directory:run.lab',
    path: labPaths(roots, lab.name).run,
    mode: 0o711,
    uid: 0,
    leftovers: [],
    purpose: "holds the lab's sockets and namespaces; it does not survive a reboot",
  };
}

/** Directories of a VM belong to its own uid, and nobody else may look in. */
export function directorySpecs({ lab, roots, guests }: PlanContext): readonly DirectorySpec[] {
  return guests.flatMap(({ name, uid }): DirectorySpec[] => {
    const paths = vmPaths(roots, lab.name, name);
    return [
      {
        kind: 'directory',
        id: `directory:${name}`,
        path: paths.dir,
        mode: 0o700,
        uid,
        leftovers: ['console.log', 'qemu.log'],
        purpose: `holds the files of ${name}; only the uid that ${name} runs as can look in`,
      },
      {
        kind: 'directory',
        id: `directory:${name}.run`,
        path: paths.run,
        mode: 0o700,
        uid,
        leftovers: ['qmp.sock', 'console.sock', 'save.sock'],
        purpose: `holds the sockets of ${name}: QEMU's control socket (QMP) and the console`,
      },
    ];
  });
}
