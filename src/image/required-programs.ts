/** What each way of getting an image needs on the host; the packages are in host/programs.ts. */
export const requiredPrograms = {
  build: [
    'mmdebstrap',
    'setpriv',
    'unshare',
    'nsenter',
    'mount',
    'sfdisk',
    'mkfs.ext4',
    'extlinux',
    'qemu-img',
    'prlimit',
    'xz',
  ],
  import: ['setpriv', 'prlimit', 'qemu-img'],
  pull: ['setpriv', 'prlimit', 'qemu-img'],
} as const;
