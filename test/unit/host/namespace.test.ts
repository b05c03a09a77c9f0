import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { localHost } from '../../../src/host/local-host.ts';
import { holdsNamespace } from '../../../src/host/namespace.ts';
import { type Namespaces, namespaces } from '../../setup/namespaces.ts';

let made: Namespaces;
let directory: string;

beforeEach(() => {
  made = namespaces();
  directory = mkdtempSync(join(tmpdir(), 'labnet-namespace-'));
});

afterEach(async () => {
  await made.close();
  rmSync(directory, { recursive: true });
});

test('a namespace can be entered, a plain file and nothing at all cannot', async () => {
  const host = localHost();
  const path = join(directory, 'host.ns');
  expect(await holdsNamespace(await made.make('one'), host)).toBe(true);
  expect(await holdsNamespace(path, host)).toBe(false);
  writeFileSync(path, '');
  expect(await holdsNamespace(path, host)).toBe(false);
  expect(await holdsNamespace(join(directory, 'no', 'such'), host)).toBe(false);
});
