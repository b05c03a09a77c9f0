/** The disk of a stock host, with its kernel beside it: made from Debian packages, once for each way of making it. */
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { kept, sourcesOf } from './cache.ts';
import { labnetPackages, type StockHost, stockPackages } from './hosts.ts';
import type { Mirror } from './mirror.ts';
import { makeRepository } from './repository.ts';

export interface HostImage {
  readonly disk: string;
  readonly kernel: string;
  readonly initrd: string;
  /** dpkg's status file: what is installed on the disk. */
  readonly status: string;
  /** Seconds that making it took; undefined: it was there. */
  readonly madeInS?: number | undefined;
}

const sizeGiB = 16;

/** The drivers of the machine that the bed boots: with those of every PC its initrd would be several times as large. */
const initrdModules = 'ext4\nvirtio_pci\nvirtio_blk\n';

/** Runs what is on the job's disk, after all that a PC starts by itself. */
const jobService = `[Unit]
Description=The job of the test bed
After=multi-user.target network-online.target
Wants=network-online.target
RequiresMountsFor=/job
[Service]
Type=exec
ExecStart=/usr/bin/python3 /job/run.py
[Install]
WantedBy=multi-user.target
`;

const files: Readonly<Record<string, string>> = {
  'etc/hostname': 'hostpc\n',
  'etc/hosts': '127.0.0.1 localhost\n127.0.1.1 hostpc\n',
  'etc/fstab': '/dev/vda / ext4 noatime 0 1\n/dev/vdb /job ext4 ro 0 0\n',
  'etc/sudoers.d/stu': 'stu ALL=(ALL:ALL) NOPASSWD: ALL\n',
  'etc/systemd/system/bed-job.service': jobService,
  'etc/apt/sources.list': 'deb [trusted=yes] file:/srv/debian ./\n',
};

/** Makes the image unless there is one that was made in the very same way. */
export async function hostImage(host: StockHost, mirror: Mirror): Promise<HostImage> {
  const started = performance.now();
  const by = sourcesOf('image.ts', 'repository.ts', 'apt.ts', 'uncompressed.ts');
  const made = { host, stockPackages, labnetPackages, by };
  const { path, fresh } = await kept(`host-${host.name}`, made, (directory) => make(host, mirror, directory));
  return {
    disk: join(path, 'disk.img'),
    kernel: join(path, 'vmlinuz'),
    initrd: join(path, 'initrd.img'),
    status: join(path, 'status'),
    ...(fresh ? { madeInS: Math.round((performance.now() - started) / 1000) } : {}),
  };
}

async function make(host: StockHost, mirror: Mirror, directory: string): Promise<void> {
  const root = join(directory, 'root');
  const early = `mkdir -p "$1/etc/initramfs-tools/conf.d"
echo MODULES=list > "$1/etc/initramfs-tools/conf.d/bed"
printf '${initrdModules.replaceAll('\n', '\\n')}' > "$1/etc/initramfs-tools/modules"`;
  await execa(
    'mmdebstrap',
    [
      ...['--mode=root', '--variant=minbase', `--include=${stockPackages.join(',')}`],
      ...[`--setup-hook=${early}`, host.suite, root, `deb ${mirror.archive} ${host.suite} main`],
    ],
    { env: mirror.proxy },
  );
  copyFileSync(join(root, 'var/lib/dpkg/status'), join(directory, 'status'));
  const repository = join(root, 'srv', 'debian');
  mkdirSync(join(root, 'srv'), { recursive: true });
  await makeRepository(repository, {
    suite: host.suite,
    packages: labnetPackages,
    status: join(directory, 'status'),
    mirror,
    recommends: false,
  });
  await settle(root);
  const [kernel = ''] = readdirSync(join(root, 'boot')).filter((name) => name.startsWith('vmlinuz-'));
  copyFileSync(join(root, 'boot', kernel), join(directory, 'vmlinuz'));
  copyFileSync(join(root, 'boot', kernel.replace('vmlinuz', 'initrd.img')), join(directory, 'initrd.img'));
  const disk = join(directory, 'disk.img');
  writeFileSync(disk, '');
  truncateSync(disk, sizeGiB * 1024 ** 3);
  await execa('mkfs.ext4', ['-q', '-E', 'root_owner=0:0', '-d', root, disk]);
  rmSync(root, { recursive: true });
}

/** What the installer asks: names, the user, where apt finds packages. */
async function settle(root: string): Promise<void> {
  rmSync(join(root, 'etc/apt/sources.list.d'), { recursive: true, force: true });
  mkdirSync(join(root, 'etc/apt/sources.list.d'));
  mkdirSync(join(root, 'job'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  const wants = join(root, 'etc/systemd/system/multi-user.target.wants');
  mkdirSync(wants, { recursive: true });
  symlinkSync('../bed-job.service', join(wants, 'bed-job.service'));
  const inside = (argv: readonly string[], input = '') => execa('chroot', [root, ...argv], { input });
  await inside(['useradd', '--create-home', '--shell', '/bin/bash', '--groups', 'sudo', 'stu']);
  await inside(['chpasswd'], 'root:root\nstu:stu\n');
  await inside(['chmod', '440', '/etc/sudoers.d/stu']);
  // The pages of a man page's index take half a minute of an emulated PC at each installation.
  await inside(['debconf-set-selections'], 'man-db man-db/auto-update boolean false\n');
  await inside(['apt-get', 'update']);
}
