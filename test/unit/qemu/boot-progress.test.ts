import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BootProgress, readySign } from '../../../src/qemu/boot-progress.ts';

const boot = [
  'SeaBIOS (version 1.16.2)',
  '[    0.000000] Linux version 5.10.0-33-amd64 (debian-kernel@lists.debian.org)',
  '[    4.100000] systemd[1]: Inserted module autofs4',
  "[   30.123456] cloud-init[250]: Cloud-init v. 20.4.1 running 'init-local' at Tue, 24 Nov 2026 12:00:00 +0000.",
  "[   40.123456] cloud-init[350]: Cloud-init v. 20.4.1 running 'modules:config' at Tue, 24 Nov 2026 12:00:10 +0000.",
  '[   50.123456] cloud-init[450]: labnet-ready lab-vm1-abc',
  'vm1 login: ',
].join('\r\n');

const all = ['kernel', 'system', 'local', 'config', 'ready'];

test('a boot goes through its phases', () => {
  expect(new BootProgress(readySign('lab-vm1-abc')).feed(`${boot}\r\n`)).toEqual(all);
});

test('it does so however the text is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 5 }), (lengths) => {
      const progress = new BootProgress(readySign('lab-vm1-abc'));
      const seen: string[] = [];
      let rest = `${boot}\r\n`;
      for (let index = 0; rest !== ''; index += 1) {
        const length = lengths[index % lengths.length] ?? 1;
        seen.push(...progress.feed(rest.slice(0, length)));
        rest = rest.slice(length);
      }
      expect(seen).toEqual(all);
    }),
  );
});

test.each([
  ['of another instance', 'labnet-ready lab-vm1-old\n'],
  ['of an id that only begins alike', 'labnet-ready lab-vm1-abcd\n'],
  ['not ended yet', 'labnet-ready lab-vm1-abc'],
])('a mark %s is none', (_, text) => {
  const progress = new BootProgress(readySign('lab-vm1-abc'));
  progress.feed(text);
  expect(progress.phase).not.toBe('ready');
});

test('control sequences do not hide the mark', () => {
  const progress = new BootProgress(readySign('lab-vm1-abc'));
  expect(progress.feed('\u001b[0;32m  OK  \u001b[0m labnet-ready lab-vm1-abc\u001b[0m\r\n')).toEqual([
    'ready',
  ]);
});

test('phases only go forward', () => {
  const progress = new BootProgress(readySign('x'));
  progress.feed("running 'modules:config'\n");
  expect(progress.feed('[  100.000000] e1000: eth0 NIC Link is Up\n')).toEqual([]);
  expect(progress.phase).toBe('config');
});

test.each([
  '[    2.5] Kernel panic - not syncing: VFS: Unable to mount root fs',
  'No bootable device.',
  'You are in emergency mode. After logging in',
  'You are in rescue mode. After logging in, type "journalctl -xb" to view',
  'vm1 login: labnet-gate-broken',
  'ALERT!  UUID=00000000-1111-2222-3333-444444444444 does not exist.  Dropping to a shell!',
  'Entering emergency mode. Exit the shell to continue.',
  'run-init: /sbin/init: I/O error',
])('%s is a failure', (line) => {
  const progress = new BootProgress(readySign('x'));
  progress.feed(`${line}\n`);
  expect(progress.failure).toBeDefined();
});

test('the tail holds the last lines, and no empty ones', () => {
  const progress = new BootProgress(readySign('x'));
  for (let index = 0; index < 100; index += 1) progress.feed(`line ${index}\n\n`);
  expect(progress.tail().split('\n')).toHaveLength(30);
  expect(progress.tail()).toContain('line 99');
});

const restart = '[   60.1] reboot: Restarting system\r\n[   60.2] reboot: machine restart\r\n';

test('a guest that restarts goes through its phases again', () => {
  const progress = new BootProgress(readySign('lab-vm1-abc'));
  expect(progress.feed(`${boot}\r\n`)).toEqual(all);
  expect(progress.feed(restart)).toEqual(['firmware']);
  expect([progress.phase, progress.restarts, progress.restartsInVain]).toEqual(['firmware', 1, 1]);
  expect(progress.feed(`${boot}\r\n`)).toEqual(all);
  expect([progress.restarts, progress.restartsInVain]).toEqual([1, 0]);
});

test('that a shutdown has begun is known until the guest restarts', () => {
  const progress = new BootProgress(readySign('x'));
  progress.feed(
    'labnet-ready x\n[\u001b[0;32m  OK  \u001b[0m] Stopped target \u001b[0;1;39mMulti-User System\u001b[0m.\r\n',
  );
  expect(progress.goingDown).toBe(true);
  progress.feed(`[    9.0] systemd-shutdown[1]: Rebooting.\n${restart}`);
  expect(progress.goingDown).toBe(false);
});

test('what an initrd’s systemd stops before it hands over is no shutdown', () => {
  const progress = new BootProgress(readySign('x'));
  progress.feed(
    'Linux version 6.1\n[  OK  ] Stopped target Initrd Default Target.\n[  OK  ] Stopped target Basic System.\n',
  );
  progress.feed(
    '[    4.2] systemd[1]: Switching root.\n\nWelcome to \u001b[0;31mDebian GNU/Linux 13\u001b[0m!\n',
  );
  expect(progress.goingDown).toBe(false);
  progress.feed('[  OK  ] Stopped target Timers.\n');
  expect(progress.goingDown).toBe(true);
});

test.each([
  ['[\u001b[0;32m  OK  \u001b[0m] Reached target \u001b[0;1;39mShutdown\u001b[0m.', true],
  ['[  OK  ] Reached target Power-Off.', true],
  ['[  OK  ] Reached target shutdown.target - System Shutdown.', true],
  ['[  OK  ] Reached target final.target - Late Shutdown Services.', true],
  ['[  OK  ] Reached target reboot.target - System Reboot.', true],
  ['[  OK  ] Stopped target Timers.', true],
  // A kernel speaks in the middle of it.
  [
    '[  OK  ] Reached target System Initialization.[   48.94] input: Power Button as /devices/LNXPWRBN:00',
    false,
  ],
  ['[  OK  ] Reached target Multi-User System.', false],
  ['Stopped target Timers, says a line of a log', false],
])('that a shutdown has begun is told by its own targets alone: %s', (line, goingDown) => {
  const progress = new BootProgress(readySign('x'));
  progress.feed(`Linux version 5.10\n${line}\n`);
  expect(progress.goingDown).toBe(goingDown);
});

const atWork = 'Linux version 5.10\nlabnet: run line 1 of 2 begins\n';

test.each([
  'Kernel panic - not syncing: a line of a log that is shown',
  'You are in emergency mode, says a manual',
  'No bootable device found, says a manual',
  'cron: reboot: Restarting system',
  'reboot: Power down',
  '[   74.806170] cloud-init[256]: Kernel panic - not syncing: a line of a log',
  '[   74.806170] cloud-init[256]: [    9.000000] reboot: Restarting system',
])('what a run line prints is not what a kernel says: %s', (line) => {
  const progress = new BootProgress(readySign('x'));
  progress.feed(`${atWork}${line}\n`);
  const { failure, unbootable, restarts, left } = progress;
  expect({ failure, unbootable, restarts, left }).toEqual({
    failure: undefined,
    unbootable: false,
    restarts: 0,
    left: undefined,
  });
});

test('what the kernel says while a run line is at work counts, also in the middle of a line', () => {
  const panic = new BootProgress(readySign('x'));
  panic.feed(`${atWork}half a li[   70.123456] Kernel panic - not syncing: Fatal exception\n`);
  expect(panic.failure).toBe('Kernel panic - not syncing: Fatal exception');
  const again = new BootProgress(readySign('x'));
  again.feed(`${atWork}[   70.123456] reboot: Restarting system\n`);
  expect(again.restarts).toBe(1);
});

test('what a boot loader says counts before any kernel alone', () => {
  const progress = new BootProgress(readySign('x'));
  progress.feed('Linux version 5.10\nNo bootable device, says a service\n');
  expect([progress.failure, progress.unbootable]).toEqual([undefined, false]);
});

test.each([
  ['dmesg', '[    0.000000] Linux version 5.10.0-33-amd64\n'],
  ['cat /proc/version', 'Linux version 5.10.0-33-amd64\n'],
  ['a run line', "Cloud-init v. 20.4.1 running 'init-local'\n"],
])('%s on the console of a guest that is ready is no restart', (_, text) => {
  const progress = new BootProgress(readySign('x'));
  progress.feed(`labnet-ready x\n${text}`);
  expect([progress.phase, progress.restarts]).toEqual(['ready', 0]);
});

test.each([
  ['Power down', 'off'],
  ['System halted', 'halted'],
  ['Power off not available: System halted instead', 'halted'],
])('the kernel’s last words "%s": %s', (words, left) => {
  const progress = new BootProgress(readySign('x'));
  progress.feed(`[   60.1] reboot: ${words}\r\n[   60.2] acpi_power_off called\n`);
  expect(progress.left).toBe(left);
  // It was an old log that somebody looks at.
  progress.feed('student@vm1:~$ \n');
  expect(progress.left).toBeUndefined();
});

test('the run line that began last is known until the guest is ready', () => {
  const progress = new BootProgress(readySign('x'));
  progress.feed('[   50.1] cloud-init[450]: labnet: run line 2 of 3 begins\r\n');
  expect(progress.line).toEqual({ number: 2, count: 3, running: true });
  progress.feed('no newlinelabnet: run line 2 of 3 ended with 0\r\n');
  expect(progress.line).toEqual({ number: 2, count: 3, running: false });
  progress.feed('labnet-ready x\n');
  expect(progress.line).toBeUndefined();
  progress.feed('labnet: run line 3 of 3 begins\n');
  expect(progress.line).toBeUndefined();
});

test('a console that never ends a line takes no memory without end', () => {
  const progress = new BootProgress(readySign('x'));
  for (let index = 0; index < 100; index += 1) progress.feed('x'.repeat(100_000));
  progress.feed('\nlabnet-ready x\n');
  expect([progress.phase, progress.tail().length]).toEqual(['ready', 4096 + 15]);
});

const prompt = 'Linux version 6.1\r\n\r\nDebian GNU/Linux 12 debian ttyS0\r\n\r\ndebian login: ';

test.each([
  ['nothing', ''],
  ['the kernel', '[   40.1] IPv6: ADDRCONF(NETDEV_CHANGE): ens3: link becomes ready\r\n'],
  [
    'the kernel’s arguments',
    'Kernel command line: root=/dev/vda1 cloud-init=disabled ds=nocloud;s=/cloud-init\r\n',
  ],
  ['a unit that is left out', 'cloud-init.service was skipped because of an unmet condition check\r\n'],
  ['somebody who logs in', 'root (automatic login)\r\n'],
])('at a login prompt without a word of cloud-init, it lacks that: beside it says %s', (_, text) => {
  const progress = new BootProgress(readySign('x'));
  progress.feed('Linux version 6.1\r\n');
  expect(progress.lacksCloudInit).toBe(false);
  progress.feed(`${prompt}${text}`);
  expect(progress.lacksCloudInit).toBe(true);
});

test.each([
  "[   30.1] cloud-init[250]: Cloud-init v. 20.4.1 running 'init-local'",
  '         Starting \u001b[0;1;39mInitial cloud-init job (pre-networking)\u001b[0m...',
  '[\u001b[0;32m  OK  \u001b[0m] Finished \u001b[0;1;39mcloud-config.service\u001b[0m - Cloud-init: Config Stage.',
  'ci-info: no authorized SSH keys fingerprints found for user debian.',
  // A template's, which a clone's console begins with.
  'debian login: labnet-gate',
  'labnet: run line 1 of 2 begins',
])('any word of it, before the prompt or after, shows that it is at work: %s', (line) => {
  for (const text of [`${line}\r\n${prompt}`, `${prompt}${line}\r\n`]) {
    const progress = new BootProgress(readySign('x'));
    progress.feed(text);
    expect(progress.lacksCloudInit).toBe(false);
  }
});

test.each([
  [
    '[  131.2] cloud-init[500]: Cloud-init v. 20.4.1 finished at Tue, 01 Dec 2026 09:59:48 +0000. Datasource DataSourceNone.  Up 131.01 seconds',
    'DataSourceNone',
  ],
  [
    'Cloud-init v. 25.1.4 finished at Tue, 01 Dec 2026 10:00:00 +0000. Datasource DataSourceEc2Local.  Up 9.01 seconds',
    'DataSourceEc2Local',
  ],
])('a cloud-init that ends by another seed is known by its own last words: %s', (line, source) => {
  const progress = new BootProgress(readySign('x'));
  progress.feed(`Linux version 6.1\r\n${line}\r\n`);
  expect(progress.otherSeed).toBe(source);
  progress.feed(restart);
  expect(progress.otherSeed).toBe(undefined);
  // A run line may show an old log.
  progress.feed(`labnet: run line 1 of 1 begins\r\n${line}\r\n`);
  expect(progress.otherSeed).toBe(undefined);
});

test('each boot is judged anew', () => {
  const progress = new BootProgress(readySign('lab-vm1-abc'));
  progress.feed(`${boot}${restart}`);
  progress.feed(prompt);
  expect(progress.lacksCloudInit).toBe(true);
  progress.feed(`\r\n${restart}${boot}\r\n`);
  expect(progress.lacksCloudInit).toBe(false);
});

test('a failure that a restart has ended is none', () => {
  const progress = new BootProgress(readySign('x'));
  progress.feed('Linux version 6.1\nYou are in emergency mode. After logging in\n');
  expect([progress.failure, progress.letsRootIn]).toEqual([expect.any(String), true]);
  progress.feed('Cannot open access to console, the root account is locked.\n');
  expect(progress.letsRootIn).toBe(false);
  progress.feed(restart);
  expect([progress.failure, progress.letsRootIn]).toEqual([undefined, false]);
});
