/** A program and the Debian package that holds it. */
export interface RequiredProgram {
  readonly program: string;
  readonly package: string;
}

/** What each way of getting an image needs on the host, beyond coreutils. */
export const requiredPrograms = {
  build: [
    { program: 'mmdebstrap', package: 'mmdebstrap' },
    { program: 'setpriv', package: 'util-linux' },
    { program: 'unshare', package: 'util-linux' },
    { program: 'nsenter', package: 'util-linux' },
    { program: 'mount', package: 'mount' },
    { program: 'sfdisk', package: 'fdisk' },
    { program: 'mkfs.ext4', package: 'e2fsprogs' },
    { program: 'extlinux', package: 'extlinux' },
    { program: 'qemu-img', package: 'qemu-utils' },
  ],
  pull: [],
  import: [
    { program: 'setpriv', package: 'util-linux' },
    { program: 'qemu-img', package: 'qemu-utils' },
  ],
} as const satisfies Readonly<Record<'build' | 'pull' | 'import', readonly RequiredProgram[]>>;
