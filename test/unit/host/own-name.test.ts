/** How labnet was started decides what is to be typed so that it starts again, for root as well. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isOnPath, ownName } from '../../../src/host/own-name.ts';

let directory: string;
let bin: string;
let script: string;

beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'labnet-name-')));
  bin = join(directory, 'bin');
  script = join(directory, 'lib', 'dist', 'cli.js');
  for (const one of [bin, join(directory, 'lib', 'dist')]) mkdirSync(one, { recursive: true });
  writeFileSync(script, '');
  writeFileSync(join(directory, 'lib', 'dist', 'labnet'), '', { mode: 0o755 });
});

afterEach(() => rmSync(directory, { recursive: true }));

const name = (here = '/') => ownName({ script, node: '/usr/bin/node', here, path: [bin] });

test('in a clone it is the launcher by its short path, elsewhere by the whole one', () => {
  expect(name('/srv')).toBe(`${directory}/lib/dist/labnet`);
  expect(name(join(directory, 'lib'))).toBe('dist/labnet');
  expect(name(join(directory, 'lib', 'dist'))).toBe(`${directory}/lib/dist/labnet`);
});

test.each([
  ['a link to the launcher', () => symlinkSync('../lib/dist/labnet', join(bin, 'labnet'))],
  ['a link to the script, as npm makes', () => symlinkSync(script, join(bin, 'labnet'))],
  [
    "a package's launcher",
    () => writeFileSync(join(bin, 'labnet'), `#!/bin/sh\nexec /usr/bin/node ${script} "$@"\n`),
  ],
])('where sudo finds %s it is labnet', (_, make) => {
  make();
  expect(name()).toBe('labnet');
});

test.each([
  ['another program of that name', '#!/bin/sh\nexec /usr/bin/node /opt/labnet/dist/cli.js "$@"\n'],
  ['a large file', 'x '.repeat(5_000)],
])('%s in the way is not it', (_, text) => {
  writeFileSync(join(bin, 'labnet'), text);
  expect(name()).toBe(`${directory}/lib/dist/labnet`);
});

test('without a launcher it is Node with the script', () => {
  rmSync(join(directory, 'lib', 'dist', 'labnet'));
  expect(name()).toBe(`/usr/bin/node ${script}`);
});

test('a program is on a PATH or not', () => {
  expect(isOnPath('cli.js', `/nowhere:${directory}/lib/dist`)).toBe(true);
  expect(isOnPath('cli.js', bin)).toBe(false);
  expect(isOnPath('cli.js', undefined)).toBe(false);
});
