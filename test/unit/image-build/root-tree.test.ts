import { describe, expect, test } from 'vitest';
import { LabnetError } from '../../../src/errors.ts';
import { CommandFailed } from '../../../src/host/command-failed.ts';
import { makeRootTree } from '../../../src/image-build/root-tree.ts';
import { partialHost } from '../../fakes/partial-host.ts';
import { recipe } from './sample-recipe.ts';

const one = { archive: 'http://one.test/debian', security: 'http://one.test/debian-security' };
const two = { archive: 'http://two.test/debian', security: 'http://two.test/debian-security' };

/** What mmdebstrap 1.3 prints when the security pool lacks files. */
const poolLacks = `I: downloading packages with apt...
Err:3 http://one.test/debian-security bullseye-security/main amd64 libc6 amd64 2.31
E: Failed to fetch http://one.test/debian-security/pool/updates/main/g/glibc/libc6_amd64.deb  404  Not Found [IP: 127.0.0.1 80]
E: Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?
E: mmdebstrap failed to run`;
const noRelease = (address: string, suite: string) =>
  `E: The repository '${address} ${suite} Release' does not have a Release file.\nE: mmdebstrap failed to run`;

/** Runs the making of a tree with what mmdebstrap says each time; undefined is success. */
async function make(said: readonly (string | undefined)[], change: Partial<typeof recipe> = {}) {
  const calls: (readonly string[])[] = [];
  const progress: string[] = [];
  const host = partialHost({
    stat: async (path) =>
      path.startsWith('/usr/share/keyrings')
        ? {
            kind: 'file',
            mode: 0o644,
            uid: 0,
            gid: 0,
            size: 1,
            allocated: 4096,
            inode: 1,
            device: 1,
            mtimeMs: 1,
          }
        : undefined,
    makeDirectory: async () => {},
    remove: async () => {},
    run: async (argv, options) => {
      if (!argv.includes('mmdebstrap')) return { status: 0, stdout: '', stderr: '' };
      const failure = said[calls.length];
      calls.push(argv);
      for (const line of [
        'I: automatically chosen format: directory',
        'I: extracting archives...',
        'Get:1 http://x',
      ]) {
        options?.onLine?.(line);
      }
      if (failure !== undefined)
        throw new CommandFailed(argv, 'mmdebstrap', { how: 'exit', status: 1 }, failure);
      return { status: 0, stdout: '', stderr: '' };
    },
  });
  const options = {
    mirrors: [one, two],
    staging: '/s',
    onProgress: (line: string) => progress.push(line),
    signal: undefined,
  };
  const tree = makeRootTree({ ...recipe, ...change }, options, host);
  return { outcome: await tree.catch((error: unknown) => error), calls, progress };
}

const sourcesOf = (argv: readonly string[] | undefined) => argv?.filter((word) => word.startsWith('deb '));

test('the first mirror serves, with security updates', async () => {
  const { outcome, calls } = await make([undefined]);
  expect(outcome).toEqual({ path: '/s/root', notes: [] });
  expect(sourcesOf(calls[0])).toEqual([
    'deb http://one.test/debian bullseye main',
    'deb http://one.test/debian-security bullseye-security main',
  ]);
});

test('of what mmdebstrap prints, only the steps are passed on', async () => {
  const { progress } = await make([undefined]);
  expect(progress).toEqual(['packages from http://one.test/debian', 'extracting archives']);
});

test('mmdebstrap dies with labnet, and its mounts with it', async () => {
  const { calls } = await make([undefined]);
  expect(calls[0]?.slice(0, 3)).toEqual(['setpriv', '--pdeathsig', 'KILL']);
  expect(calls[0]).toEqual(expect.arrayContaining(['--kill-child=KILL', '--pid', '--mount']));
});

describe('a security suite that cannot be delivered', () => {
  test.each([
    ['its pool lacks a file', poolLacks, /bullseye-security is left out: .*libc6_amd64\.deb 404 Not Found/],
    [
      'it has gone',
      noRelease(one.security, 'bullseye-security'),
      /is left out: .*does not have a Release file/,
    ],
  ])('is left out with a note: %s', async (_, said, note) => {
    const { outcome, calls, progress } = await make([said, undefined]);
    expect(outcome).toEqual({ path: '/s/root', notes: [expect.stringMatching(note)] });
    expect(sourcesOf(calls[1])).toEqual(['deb http://one.test/debian bullseye main']);
    expect(progress).toContainEqual(expect.stringMatching(note));
  });

  test('is not left out where the recipe wants it: the next mirror is tried', async () => {
    const security = { suite: 'bullseye-security', optional: false };
    const { outcome, calls } = await make([poolLacks, undefined], { security });
    expect(outcome).toMatchObject({ notes: [] });
    expect(sourcesOf(calls[1])?.[1]).toContain(two.security);
  });
});

test('a mirror without the suite gives way to the next at once', async () => {
  const { outcome, calls, progress } = await make([noRelease(one.archive, 'bullseye'), undefined]);
  expect(outcome).toMatchObject({ notes: [] });
  expect(sourcesOf(calls[1])?.[0]).toBe('deb http://two.test/debian bullseye main');
  expect(progress).toContainEqual(expect.stringContaining('does not have a Release file'));
});

test('a mirror that fails only once security is out gives way too', async () => {
  const { outcome, calls } = await make([poolLacks, noRelease(one.archive, 'bullseye'), undefined]);
  expect(outcome).toMatchObject({ notes: [] });
  expect(calls).toHaveLength(3);
});

test('when every mirror fails, each one’s words are told', async () => {
  const { outcome } = await make([noRelease(one.archive, 'bullseye'), noRelease(two.archive, 'bullseye')]);
  expect(outcome).toBeInstanceOf(LabnetError);
  expect(outcome).toMatchObject({
    code: 'failed',
    message: expect.stringMatching(/one\.test[\s\S]*two\.test/),
  });
});

test('a failure that no mirror is to blame for ends it', async () => {
  const { outcome, calls } = await make(['E: No space left on device']);
  expect(outcome).toMatchObject({ code: 'failed', message: expect.stringContaining('No space left') });
  expect(calls).toHaveLength(1);
});

test('without Debian’s keys it asks for the package', async () => {
  const options = { mirrors: [one], staging: '/s', onProgress: () => {}, signal: undefined };
  const host = partialHost({ stat: async () => undefined });
  await expect(makeRootTree(recipe, options, host)).rejects.toMatchObject({
    code: 'missing-program',
    hint: expect.stringContaining('debian-archive-keyring'),
  });
});
