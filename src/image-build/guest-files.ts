import type { Host } from '../host/host.ts';
import type { Recipe } from './recipe.ts';

/** Where the boot loader and its settings live in the image. */
export const loaderDirectory = 'boot/grub';

/** The label of the root file system. */
export const rootLabel = 'root';

/** Files that an image gets on top of its packages; paths are relative to its root. */
export function guestFiles(recipe: Recipe): Readonly<Record<string, string>> {
  return {
    'etc/fstab': `LABEL=${rootLabel} / ext4 errors=remount-ro 0 1\n`,
    'etc/hostname': 'localhost\n',
    'etc/hosts': '127.0.0.1 localhost\n',
    // No DHCP stanza here: it would win over the file that cloud-init writes.
    'etc/network/interfaces': 'auto lo\niface lo inet loopback\nsource /etc/network/interfaces.d/*\n',
    // Empty, not absent: systemd then makes one at the first boot (machine-id(5)).
    'etc/machine-id': '',
    // Newer releases would write for systemd-networkd instead; here every release does as the lab sheet does.
    'etc/cloud/cloud.cfg.d/91_labnet.cfg':
      // The locale that needs no generating: cloud-init would try en_US.UTF-8, for seconds and in vain.
      'datasource_list: [ NoCloud, None ]\nlocale: C.UTF-8\nsystem_info:\n  network:\n    renderers: [ eni ]\n',
    // The links that Debian keeps at its newest kernel (linux-base). The loader writes to the serial line, too.
    [`${loaderDirectory}/grub.cfg`]: `serial --unit=0 --speed=115200
terminal_output console serial
linux /vmlinuz root=LABEL=${rootLabel} ro ${recipe.kernelArguments.join(' ')}
initrd /initrd.img
boot
`,
  };
}

/**
 * The files that mmdebstrap or the packages leave behind and that no two VMs may share, or that are this host's own.
 */
const strays = [
  'etc/resolv.conf',
  'etc/apt/apt.conf.d/99mmdebstrap',
  'var/lib/dbus/machine-id',
  'var/lib/systemd/random-seed',
];

/** Writes the files into the image's root directory, and removes what must not be there. */
export async function customise(root: string, recipe: Recipe, host: Host): Promise<void> {
  const keys = (await host.list(`${root}/etc/ssh`)).filter((name) => name.startsWith('ssh_host_'));
  for (const stray of [...strays, ...keys.map((key) => `etc/ssh/${key}`)])
    await host.remove(`${root}/${stray}`);
  await host.makeDirectory(`${root}/etc/network/interfaces.d`, { mode: 0o755 });
  await host.makeDirectory(`${root}/${loaderDirectory}`, { mode: 0o755 });
  for (const [path, content] of Object.entries(guestFiles(recipe))) {
    await host.write(`${root}/${path}`, content, { mode: 0o644 });
  }
}
