import { labPaths, vmPaths } from '../paths.ts';
import type { DirectorySpec } from '../resource/directory.ts';
import type { PlanContext } from './context.ts';

/** Directories of a VM belong to its own uid and nobody else may look in; the lab's own let everyone through. */
export function directorySpecs({ lab, roots, guests }: PlanContext): readonly DirectorySpec[] {
  const { run } = labPaths(roots, lab.name);
  return [
    {
      kind: 'directory',
      id: 'directory:run',
      path: run,
      mode: 0o711,
      uid: 0,
      leftovers: [],
      purpose: "holds the lab's sockets and namespaces; it does not survive a reboot",
    },
    ...guests.flatMap(({ name, uid }): DirectorySpec[] => {
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
          id: `directory:${name}-run`,
          path: paths.run,
          mode: 0o700,
          uid,
          leftovers: [],
          purpose: `holds the sockets of ${name}: QEMU's control socket (QMP) and the console`,
        },
      ];
    }),
  ];
}
