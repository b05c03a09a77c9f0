/** What the package's scripts do on the machine: tried as root, with file systems of their own over /var/lib and the like. */
import { execa } from 'execa';
import { expect, test } from 'vitest';

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
