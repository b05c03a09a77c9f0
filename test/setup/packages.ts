import { execa } from 'execa';

/** What the tests use beyond what labnet itself needs, by Debian package. */
const packages = [
  'apt-utils',
  'bzip2',
  'cpio',
  'debian-archive-keyring',
  'e2fsprogs',
  'fdisk',
  'fish',
  'grub-pc-bin',
  'iproute2',
  'iptables',
  'iputils-ping',
  'lintian',
  'mandoc',
  'mmdebstrap',
  'nftables',
  'openssh-client',
  'procps',
  'python3',
  'python3-yaml',
  'qemu-system-x86',
  'qemu-utils',
  'shellcheck',
  'tmux',
  'xorriso',
  'xz-utils',
  'zsh',
  'zstd',
];

/** Installs what is missing, so that one command passes all tests on a new machine. */
export async function setup(): Promise<void> {
  const { exitCode, stdout } = await execa(
    'dpkg-query',
    ['--show', '--showformat', '${Package} ${db:Status-Status}\n', ...packages],
    {
      reject: false,
    },
  );
  const installed = new Set(
    stdout
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  const missing = packages.filter((name) => !installed.has(name));
  if (exitCode === 0 && missing.length === 0) return;
  if (process.getuid?.() !== 0)
    throw new Error(`the tests need root and ${missing.join(', ')}: sudo npm test`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await execa('apt-get', ['update'], { env });
  await execa('apt-get', ['install', '--yes', '--no-install-recommends', ...missing], { env });
}
