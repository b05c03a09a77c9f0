import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { localHost } from '../../../src/host/local-host.ts';
import { distrusting, unprivileged } from '../../../src/host/unprivileged.ts';
import { bundle } from '../../setup/bundle.ts';

const host = localHost();

test('a program that is not there is named, with or without a namespace', async () => {
  for (const namespace of [undefined, '/proc/self/ns/net']) {
    await expect(host.run(['no-such-program', 'x'], { namespace })).rejects.toMatchObject({
      code: 'missing-program',
      message: 'no-such-program is not installed',
    });
  }
});

test('a program that is not there is named behind what takes its rights and limits', async () => {
  for (const argv of [
    unprivileged(65_534, ['no-such-program']),
    unprivileged(65_534, distrusting(['no-such-program'])),
  ]) {
    await expect(host.run(argv)).rejects.toThrow('no-such-program is not installed');
  }
});

test('a failing command is told as it was given, with what it said', async () => {
  await expect(host.run(['ls', '/no such place'])).rejects.toThrow(
    /^ls '\/no such place'\nended with status 2: ls: cannot access/,
  );
});

test('a command that takes too long is stopped', async () => {
  await expect(host.run(['sleep', '60'], { timeout: 100 })).rejects.toThrow('did not end within 0.1 s');
});

test('what a command says is whole: letters that come in halves, and all that is said at its end', async () => {
  const halves = ['sh', '-c', "printf '\\303'; sleep 0.1; printf '\\251'; seq 100000"];
  const { stdout } = await host.run(halves);
  expect(stdout.slice(0, 3)).toBe('é1\n');
  expect(stdout).toHaveLength(1 + 588_895);
});

test('a command that says without end is ended', async () => {
  await expect(host.run(['yes'])).rejects.toThrow('said more than 67108864 characters');
});

test('a command that the host will not start is no answer, even where a failure would be one', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'labnet-host-'));
  writeFileSync(join(directory, 'ip'), '', { mode: 0o644 });
  const options = { accept: [0, 1], env: { PATH: directory } };
  await expect(host.run(['ip', 'link', 'show'], options)).rejects.toThrow(/could not be started: .*EACCES/);
  rmSync(directory, { recursive: true });
});

const asNobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--'];

test.each([
  ['', [], undefined],
  ['under another uid', asNobody, undefined],
  ['in a namespace', [], '/proc/self/ns/net'],
  ['under another uid in a namespace', asNobody, '/proc/self/ns/net'],
])('when labnet is killed, the command it waits for ends with it: %s', async (_, prefix, namespace) => {
  const directory = mkdtempSync(join(tmpdir(), 'labnet-host-'));
  const [script, pidFile] = [join(directory, 'waits.mjs'), join(directory, 'pid')];
  const source = fileURLToPath(new URL('../../../src/host/local-host.ts', import.meta.url));
  chmodSync(directory, 0o711);
  writeFileSync(pidFile, '');
  chmodSync(pidFile, 0o666);
  const command = [...prefix, 'sh', '-c', `echo $$ > ${pidFile}; exec sleep 600`];
  await bundle(
    `import { localHost } from ${JSON.stringify(source)};
        await localHost().run(${JSON.stringify(command)}, ${JSON.stringify({ namespace })});`,
    script,
  );
  const labnet = execa('node', [script], { reject: false });
  const pid = () => readFileSync(pidFile, 'utf8').trim();
  await expect.poll(pid, { timeout: 10_000 }).toMatch(/^\d+$/);
  labnet.kill('SIGKILL');
  await labnet;
  await expect.poll(() => existsSync(`/proc/${pid()}`), { timeout: 10_000 }).toBe(false);
  rmSync(directory, { recursive: true });
});

test('limits of time follow what the host was seen to need, and never go back', async () => {
  const slow = localHost(undefined, 2);
  const nap = (host = slow) => host.run(['sleep', '0.4'], { timeout: 150 });
  expect(slow.pace).toBe(2);
  await expect(nap()).rejects.toThrow(/0\.3 s|300 ms/);
  slow.slowed(20);
  slow.slowed(3);
  expect(slow.pace).toBe(20);
  expect((await nap()).status).toBe(0);
  await expect(nap(localHost())).rejects.toThrow();
});
