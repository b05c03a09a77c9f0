import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { gateArchive, gateDigest, gateSign } from '../../../src/kept/gate.ts';
import { shipped } from '../../../src/paths.ts';
import { BootProgress } from '../../../src/qemu/boot-progress.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'labnet-gate-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

const source = (name: string) => readFileSync(join(shipped.guest, 'gate', name));

test('every shipped file of the gate is in the archive, as it is', () => {
  execFileSync('cpio', ['--extract', '--make-directories', '--quiet'], {
    cwd: directory,
    input: gateArchive(),
  });
  const names = readdirSync(join(shipped.guest, 'gate')).sort();
  expect(readdirSync(join(directory, 'gate')).sort()).toEqual(names);
  for (const name of names) expect(readFileSync(join(directory, 'gate', name))).toEqual(source(name));
  // The kernel wants the next archive at a multiple of four.
  expect(gateArchive().length % 4).toBe(0);
});

test('the digest is that of the content', () => {
  expect(gateDigest()).toMatch(/^[0-9a-f]{64}$/);
  expect(gateDigest()).toBe(gateDigest());
});

test('the script of the initrd is one that its shell takes, and uses only what is there', () => {
  const script = source('prepare').toString();
  execFileSync('sh', ['-n'], { input: script });
  const words = script.split('\n').filter((line) => /^\s*[a-z]/.test(line));
  const commands = words.map((line) => line.trim().split(' ')[0]);
  expect(commands.filter((word) => !/^(?:mount|mkdir|cat|for|done|systemd-.*)$/.test(word ?? ''))).toEqual(
    [],
  );
});

test('what waits for the gate is what the gate or cloud-init starts', () => {
  const waiting = /for unit in ([^;]*);/.exec(source('prepare').toString())?.[1] ?? '';
  expect(waiting.split(/[\s\\]+/)).toEqual([
    ...['cloud-init-local', 'cloud-init-main', 'cloud-init-network', 'cloud-init', 'cloud-config'],
    ...['cloud-final', 'ssh', 'systemd-machine-id-commit', 'systemd-random-seed'],
  ]);
  expect(source('gate.py').toString()).toContain('os.makedirs("/run/labnet/open")');
  expect(source('wait.conf').toString()).toContain('ConditionPathExists=/run/labnet/open');
});

test('the gate is Python that compiles', () => {
  writeFileSync(join(directory, 'gate.py'), source('gate.py'));
  execFileSync('python3', ['-m', 'py_compile', join(directory, 'gate.py')], {
    env: { ...process.env, PYTHONPYCACHEPREFIX: directory },
  });
});

describe('the sign', () => {
  const reached = (text: string) => new BootProgress(gateSign).feed(text).includes('ready');

  test.each(['labnet-gate\n', 'login: labnet-gate\r\n', 'x\r\nlabnet-gate\r\nmore'])('%j is one', (text) => {
    expect(reached(text)).toBe(true);
  });

  test.each([
    'labnet-gate',
    'labnet-gate.service: failed\n',
    'mylabnet-gate\n',
    'labnet-gates\n',
    'labnet-gate-broken\n',
  ])('%j is none', (text) => {
    expect(reached(text)).toBe(false);
  });
});
