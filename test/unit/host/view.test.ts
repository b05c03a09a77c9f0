/** A view of the host, as commands and as the kernel makes it. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withView } from '../../../src/host/in-view.ts';
import { localHost } from '../../../src/host/local-host.ts';
import { viewSteps } from '../../../src/host/view.ts';

const host = localHost();
const uid = 65_534;
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'labnet-view-'));
  chmodSync(directory, 0o711);
  for (const name of ['own', 'images', 'secret']) mkdirSync(join(directory, name), { mode: 0o755 });
  chmodSync(join(directory, 'own'), 0o777);
  writeFileSync(join(directory, 'images', 'base'), 'base\n', { mode: 0o666 });
});

afterEach(() => rmSync(directory, { recursive: true }));

const look = (script: string) =>
  withView({ own: join(directory, 'own'), read: [join(directory, 'images')] }, host, (run) =>
    run(uid, ['bash', '-c', script], { accept: [0, 1, 2] }),
  );

test('what lies in it is the system’s programs, a few devices, and what was named', async () => {
  const { stdout } = await look(`echo /* /dev/* /etc/* ${directory}/*`);
  const [, top] = directory.split('/');
  const names = ['bin', 'dev', 'etc', 'lib', 'lib64', 'proc', 'sbin', 'usr', top].sort();
  expect(stdout.trim().split(' ').sort()).toEqual(
    [
      ...names.map((name) => `/${name}`),
      ...['null', 'random', 'urandom', 'zero'].map((name) => `/dev/${name}`),
      ...['fstab', 'ld.so.cache'].map((name) => `/etc/${name}`),
      ...['images', 'own'].map((name) => `${directory}/${name}`),
    ].sort(),
  );
});

test('what is its own can be written, what it reads cannot, nor can what holds both', async () => {
  await look(`echo mine > ${directory}/own/file`);
  expect(readFileSync(join(directory, 'own', 'file'), 'utf8')).toBe('mine\n');
  const { stderr } = await look(
    `echo > ${directory}/images/base; echo > /other; cat ${directory}/images/base`,
  );
  expect(stderr.match(/Read-only file system/g)).toHaveLength(2);
  expect(readFileSync(join(directory, 'images', 'base'), 'utf8')).toBe('base\n');
});

test('nothing of it stays: no mount, and no place', async () => {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8');
  await look('true');
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).toBe(mounts);
  expect(existsSync(join(directory, 'own', 'view'))).toBe(false);
});

test('an upper directory is shown before what lies in it', () => {
  const steps = viewSteps({ place: '/v', own: ['/a/b/own'], read: ['/a/b', '/a'], devices: ['kvm', 'tun'] });
  const [table = ''] = steps.flatMap(({ stdin }) => (stdin === undefined ? [] : [stdin]));
  expect(table.split('\n').filter((line) => line.startsWith('/a'))).toEqual([
    '/a /v/a none bind 0 0',
    '/a/b /v/a/b none bind 0 0',
    '/a/b/own /v/a/b/own none bind 0 0',
  ]);
  expect(table).toContain('/dev/net/tun /v/dev/net/tun none bind');
  expect(table).toContain('/dev/kvm /v/dev/kvm none bind');
  expect(steps.at(-1)?.argv).toEqual(['mount', '-o', 'remount,bind,ro', '/v']);
});

test('a node of its own stands in for one that is root’s alone', () => {
  const steps = viewSteps({ place: '/v', own: [], read: [], devices: ['new tun'] });
  expect(JSON.stringify(steps)).not.toContain('/dev/net/tun none');
  expect(steps.map(({ argv }) => argv.join(' '))).toContain('mknod --mode=0666 /v/dev/net/tun c 10 200');
});
