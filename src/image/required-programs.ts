/** GRUB's boot code for an MBR. */
export const grubBootCode = '/usr/lib/grub/i386-pc/boot.img';

/** What each way of getting an image needs on the host; the packages are in host/programs.ts. */
export const requiredPrograms = {
  build: [
    'mmdebstrap',
    'setpriv',
    'unshare',
    'sfdisk',
    'mkfs.ext4',
    'grub-mkimage',
    grubBootCode,
    'qemu-img',
    'prlimit',
    'xz',
  ],
  import: ['setpriv', 'prlimit', 'qemu-img'],
  pull: ['setpriv', 'prlimit', 'qemu-img'],
} as const;
