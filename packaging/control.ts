import type { Relations } from './relations.ts';

export interface Control extends Relations {
  readonly version: string;
  readonly maintainer: string;
  /** One line. */
  readonly about: string;
  /** KiB on the disk. */
  readonly size: number;
}

/** DEBIAN/control (deb-control(5)). */
export function controlFile(control: Control): string {
  const { version, maintainer, about, size, depends, recommends, suggests } = control;
  return [
    'Package: labnet',
    `Version: ${version}`,
    'Architecture: all',
    `Maintainer: ${maintainer}`,
    `Installed-Size: ${size}`,
    `Depends: ${depends.join(', ')}`,
    `Recommends: ${recommends.join(', ')}`,
    `Suggests: ${suggests.join(', ')}`,
    'Section: admin',
    'Priority: optional',
    `Description: ${about}`,
    ' One command makes a lab of virtual machines: disks, names, addresses, bridge,',
    ' NAT, all configured, and proves from outside and from inside that it works.',
    ' Another command takes it down and leaves the PC exactly as it was.',
    ' .',
    ' Teachers hand a lab out as one file, lab.yaml; students read every step as',
    ' the shell commands they would type themselves.',
    '',
  ].join('\n');
}
