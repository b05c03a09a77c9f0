/** Why ssh does not let labnet in: the guest's own look, on programs and files that say what a guest's would. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { shipped } from '../../../src/paths.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'labnet-no-ssh-'));
  mkdirSync(join(directory, 'bin'));
  mkdirSync(join(directory, 'home/.ssh'), { recursive: true });
  mkdirSync(join(directory, 'eth0'));
  writeFileSync(join(directory, 'eth0/flags'), '0x1003\n');
  writeFileSync(join(directory, 'home/.ssh/authorized_keys'), 'ssh-ed25519 AAAAlabnet lab\n');
  program('getent', `echo "student:x:1000:1000::${directory}/home:/bin/bash"`);
  program('systemctl', 'case "$*" in *is-active\\ ssh.service) ;; *) exit 3 ;; esac');
  program('ss', 'echo "LISTEN 0 128 0.0.0.0:22 0.0.0.0:*"');
  program('sshd', 'echo "port 22"');
  program('df', 'echo "Avail"; echo 1048576');
  program('passwd', 'echo "student P 12/01/2026 0 99999 7 -1"');
});

afterEach(() => rmSync(directory, { recursive: true }));

/** A program of the guest's that does this. */
function program(name: string, does: string) {
  writeFileSync(join(directory, 'bin', name), `#!/bin/sh\n${does}\n`, { mode: 0o755 });
}

/** What the look says. */
function look(): string {
  const text = readFileSync(`${shipped.guest}no-ssh.sh`, 'utf8').replaceAll(
    '/sys/class/net/eth0',
    `${directory}/eth0`,
  );
  const env = { ...process.env, PATH: `${directory}/bin:${process.env.PATH}` };
  const input = `user=student\nkey=AAAAlabnet\n${text}`;
  return execFileSync('sh', ['-s'], { input, env }).toString().trim().replaceAll(directory, '');
}

test('of a guest in which all is well nothing is said', () => {
  expect(look()).toBe('');
});

test.each<[string, () => void, string]>([
  ['the card is gone', () => rmSync(join(directory, 'eth0'), { recursive: true }), 'it has no eth0'],
  ['the card is down', () => writeFileSync(join(directory, 'eth0/flags'), '0x1002\n'), 'its eth0 is down'],
  ['the user is gone', () => program('getent', 'exit 2'), 'it has no user student'],
  [
    'sshd is masked',
    () => program('systemctl', 'case "$*" in *is-enabled*) echo masked ;; esac; exit 3'),
    'no ssh server runs in it (ssh.service is masked)',
  ],
  [
    'sshd is not installed',
    () => program('systemctl', 'exit 4'),
    'no ssh server runs in it (ssh.service is not installed)',
  ],
  ['sshd has another port', () => program('ss', 'true'), 'nothing listens at its port 22'],
  [
    'sshd lets others in',
    () => program('sshd', 'echo "allowusers nobody"'),
    'its sshd has limits: allowusers nobody',
  ],
  [
    'the key is gone',
    () => writeFileSync(join(directory, 'home/.ssh/authorized_keys'), ''),
    "labnet's key is not in /home/.ssh/authorized_keys",
  ],
  [
    'the user is locked',
    () => program('passwd', 'echo "student L 12/01/2026"'),
    'its user student is locked',
  ],
  ['the disk is full', () => program('df', 'echo "Avail"; echo 0'), 'its disk is full'],
  [
    'the disk is full, and sshd has ended over it',
    () => {
      program('df', 'echo "Avail"; echo 0');
      program('systemctl', 'case "$*" in *is-enabled*) echo enabled ;; esac; exit 3');
    },
    'no ssh server runs in it (ssh.service is enabled); its disk is full',
  ],
  // What cannot be told is no cause.
  ['the room on the disk is not known', () => program('df', 'exit 1'), ''],
])('where %s, that is said', (_, breaks, cause) => {
  breaks();
  expect(look()).toBe(cause);
});
