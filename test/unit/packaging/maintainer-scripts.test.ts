/** What the package's scripts do on the machine: tried as root, with file systems of their own over /var/lib and the like. */
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';

const scripts = new URL('../../../packaging/files/', import.meta.url).pathname;

/** Runs shell lines, then a script, and tells what it said and what is left of labnet's files. */
async function tried(lines: string, script: string, ...args: string[]) {
  const prepare = `
for directory in /var/lib /var/cache /run; do mount -t tmpfs tmpfs $directory; done
mkdir -p /var/lib/labnet/images /var/cache/labnet/states /run/labnet
touch /var/lib/labnet/images/debian-11.json /var/lib/foreign
${lines}
sh "$@" > /run/said
find /var/lib /var/cache /run/labnet -type f 2> /dev/null | sort
echo ===
cat /run/said`;
  const argv = ['--mount', '--propagation', 'private', 'sh', '-ec', prepare, 'sh', `${scripts}${script}`];
  const { stdout } = await execa('unshare', [...argv, ...args]);
  const [left = '', said = ''] = stdout.split('===');
  return { left: left.trim().split('\n'), said: said.trim() };
}

const lab = 'mkdir -p /var/lib/labnet/labs/demo && touch /var/lib/labnet/labs/demo/journal.jsonl';
const images = '/var/lib/labnet/images/debian-11.json';
const foreign = '/var/lib/foreign';
const journal = '/var/lib/labnet/labs/demo/journal.jsonl';

test('shellcheck finds nothing wrong', async () => {
  for (const name of ['launcher', 'postinst', 'prerm', 'postrm', 'completions/labnet.bash']) {
    const shell = name.endsWith('.bash') ? 'bash' : 'sh';
    expect((await execa('shellcheck', ['--shell', shell, `${scripts}${name}`])).stdout, name).toBe('');
  }
});

test('purge removes all of labnet’s where there is no lab', async () => {
  const { left, said } = await tried('mkdir /var/lib/labnet/labs', 'postrm', 'purge');
  expect([left, said]).toEqual([[foreign], '']);
});

test('purge takes nothing away while there are labs, and says which, and what to type', async () => {
  const { left, said } = await tried(lab, 'postrm', 'purge');
  expect(left).toEqual([foreign, images, journal]);
  expect(said).toMatch(/^ {2}demo$/m);
  expect(said).toContain('sudo labnet destroy --all');
});

test('a disk that is mounted in the place of labnet’s state stays, and so does what it holds', async () => {
  const disk = 'mount -t tmpfs tmpfs /var/lib/labnet/images && touch /var/lib/labnet/images/mine';
  const { left, said } = await tried(disk, 'postrm', 'purge');
  expect(left).toContain('/var/lib/labnet/images/mine');
  expect(said).toContain('/var/lib/labnet stays');
});

test.each(['remove', 'upgrade', 'failed-upgrade', 'abort-install', 'disappear'])(
  '%s keeps everything',
  async (how) => {
    expect(await tried(lab, 'postrm', how)).toEqual({ left: [foreign, images, journal], said: '' });
  },
);

test('before the package goes, the labs that stay are named', async () => {
  const { left, said } = await tried(lab, 'prerm', 'remove');
  expect(left).toContain(journal);
  expect(said).toMatch(/^ {2}demo$/m);
  expect((await tried('', 'prerm', 'remove')).said).toBe('');
});

test('an upgrade has nothing to say and nothing to do', async () => {
  expect(await tried(lab, 'prerm', 'upgrade', '9.9')).toEqual({ left: [foreign, images, journal], said: '' });
  expect(await tried(lab, 'postinst', 'configure', '0.0')).toEqual({
    left: [foreign, images, journal],
    said: '',
  });
});

describe('AppArmor', () => {
  const profile = '/etc/apparmor.d/labnet';
  /**
   * Runs shell lines on a PC with the package's files and a fake AppArmor, which tells what it is asked to do; then
   * tells what lies in /etc/apparmor.d.
   */
  async function onUbuntu(lines: string) {
    const prepare = `
mount -t tmpfs tmpfs /mnt
for directory in lib etc; do
  mkdir /mnt/$directory /mnt/$directory-work
  under=$([ $directory = etc ] && echo /etc || echo /usr/lib)
  mount -t overlay overlay -o "lowerdir=$under,upperdir=/mnt/$directory,workdir=/mnt/$directory-work" $under
done
mkdir -p /usr/lib/labnet /etc/apparmor.d/abi /etc/apparmor.d/local /etc/apparmor.d/disable /mnt/bin
cp "${scripts}apparmor" /usr/lib/labnet/apparmor
touch /etc/apparmor.d/abi/4.0
mount -t tmpfs tmpfs /proc/sys/kernel
touch /proc/sys/kernel/apparmor_restrict_unprivileged_userns
printf '#!/bin/sh\nexit 0\n' > /mnt/bin/aa-enabled
printf '#!/bin/sh\ntest -e "$4" || test -e "$2" && echo "parser $*"; exit 1\n' > /mnt/bin/apparmor_parser
chmod 755 /mnt/bin/*
PATH=/mnt/bin:$PATH
script() { sh "${scripts}$1" "$2"; }
${lines}
echo ===
find /etc/apparmor.d -name labnet | sort`;
    const argv = ['--mount', '--propagation', 'private', 'sh', '-ec', prepare];
    const [said = '', left = ''] = (await execa('unshare', argv)).stdout.split('===');
    return { said: said.trim(), left: left.trim() };
  }
  const replaced = `parser --replace --write-cache --skip-read-cache ${profile}`;

  test('the package’s profile is loaded where the kernel wants one; that it fails is no failed installation', async () => {
    expect(await onUbuntu('script postinst configure')).toEqual({ said: replaced, left: profile });
    const { said } = await onUbuntu(`script postinst configure; cat ${profile}`);
    expect(said).toContain('profile labnet /usr/bin/labnet flags=(unconfined) {');
  });

  test.each([
    ['Debian, whose kernel keeps nothing from users', 'rm /proc/sys/kernel/*'],
    ['an AppArmor before 4, which could not read it', 'rm /etc/apparmor.d/abi/4.0'],
  ])('on %s there is none', async (_, lines) => {
    expect(await onUbuntu(`${lines}; script postinst configure`)).toEqual({ said: '', left: '' });
  });

  test('where AppArmor is off, the profile lies there for the day that it is on', async () => {
    const off = "printf '#!/bin/sh\nexit 1\n' > /mnt/bin/aa-enabled";
    expect(await onUbuntu(`${off}; script postinst configure`)).toEqual({ said: '', left: profile });
  });

  test('it goes with the package; an upgrade leaves it', async () => {
    const installed = 'script postinst configure > /dev/null';
    expect(await onUbuntu(`${installed}; script prerm upgrade; script postrm upgrade`)).toEqual({
      said: '',
      left: profile,
    });
    expect(await onUbuntu(`${installed}; script prerm remove`)).toEqual({
      said: `parser --remove ${profile}`,
      left: '',
    });
  });

  test('what the admin has made of it stays until the purge', async () => {
    const own = `echo mine > ${profile}; touch /etc/apparmor.d/local/labnet /etc/apparmor.d/disable/labnet`;
    const lines = `${own}; script postinst configure > /dev/null; script prerm remove; script postrm remove`;
    const kept = await onUbuntu(`${lines}; cat ${profile}`);
    expect(kept.said).toBe('mine');
    expect(kept.left.split('\n')).toHaveLength(3);
    const purge =
      'for one in /var/lib /var/cache /run; do mount -t tmpfs tmpfs $one; done; script postrm purge';
    expect(await onUbuntu(`${lines}; ${purge}`)).toEqual({ said: '', left: '' });
  });
});
