import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  type AwaitReady,
  awaitReady,
  type Booted,
  NoKernel,
  NotReady,
} from '../../../src/qemu/await-ready.ts';

let directory: string;
let log: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'labnet-console-'));
  log = join(directory, 'console.log');
});

afterEach(() => rmSync(directory, { recursive: true }));

const never = new Promise<void>(() => {});

function wait(changes: Partial<AwaitReady> = {}): Promise<Booted> {
  const { signal } = new AbortController();
  return awaitReady({
    log,
    instanceId: 'id',
    deadlineMs: 20_000,
    signal,
    gone: never,
    onPhase: () => {},
    ...changes,
  });
}

test('a guest that is ready already is found so at once', async () => {
  writeFileSync(log, 'Linux version 5.10\nlabnet-ready id\n');
  expect(Object.keys((await wait()).phases)).toEqual(['kernel', 'ready']);
});

test('a console that does not exist yet is followed from its beginning', async () => {
  const phases: string[] = [];
  const ready = wait({ onPhase: (phase) => phases.push(phase) });
  setTimeout(() => writeFileSync(log, 'Linux version 5.10\n'), 50);
  setTimeout(() => appendFileSync(log, 'labnet-re'), 100);
  setTimeout(() => appendFileSync(log, 'ady id\r\n'), 150);
  await ready;
  expect(phases).toEqual(['kernel', 'ready']);
});

test('at the deadline the message tells what was awaited, the phase, and the end of the console', async () => {
  writeFileSync(log, 'Linux version 5.10\nWelcome to Debian\nstuck here\n');
  await expect(wait({ deadlineMs: 50 })).rejects.toMatchObject({
    code: 'failed',
    message: expect.stringMatching(
      /no sign of readiness, and no progress for 0.05 s, in phase system.*"labnet-ready id"[\s\S]*stuck here/,
    ),
  });
});

test('a QEMU that ends, ends the waiting', async () => {
  await expect(wait({ gone: Promise.resolve() })).rejects.toThrow(
    /QEMU ended, in phase firmware[\s\S]*it said nothing/,
  );
});

test('a panic ends the waiting', async () => {
  writeFileSync(log, 'Kernel panic - not syncing: no init\n');
  await expect(wait()).rejects.toThrow('the guest failed: Kernel panic - not syncing: no init');
});

test('a VM that stands still ends the waiting, with what stands in its way', async () => {
  writeFileSync(log, 'Linux version 5.10\n');
  const answers = [undefined, { cause: 'QEMU does not run the VM: io-error' }];
  const failure = wait({ silentMs: 20, standsStill: async () => answers.shift() });
  await expect(failure).rejects.toThrow('id: QEMU does not run the VM: io-error, in phase kernel; awaited');
  expect(answers).toEqual([]);
});

test('one that sleeps has left', async () => {
  writeFileSync(log, `Linux version 5.10\n${sign(1, 'begins')}`);
  const booted = await wait({ silentMs: 20, standsStill: async () => 'asleep' });
  expect(booted.left).toBe('asleep');
});

test('what fails once a run line has begun, or QEMU has stopped it, is not said of what the VM came from', async () => {
  writeFileSync(log, `Linux version 5.10\n${sign(1, 'begins')}[ 9.0] Kernel panic - not syncing: sysrq\n`);
  await expect(wait()).rejects.not.toBeInstanceOf(NotReady);
  writeFileSync(log, 'Linux version 5.10\n');
  const stopped = wait({ silentMs: 20, standsStill: async () => ({ cause: 'QEMU does not run the VM' }) });
  await expect(stopped).rejects.not.toBeInstanceOf(NotReady);
  writeFileSync(log, 'Linux version 5.10\n[ 1.0] Kernel panic - not syncing: no init\n');
  await expect(wait()).rejects.toBeInstanceOf(NotReady);
});

test('whether it stands still is asked of a silent console alone, and not before there is a kernel', async () => {
  let asked = 0;
  const standsStill = async () => {
    asked += 1;
    return undefined;
  };
  const ready = wait({ silentMs: 300, standsStill });
  writeFileSync(log, 'SeaBIOS\n');
  setTimeout(() => appendFileSync(log, 'Linux version 5.10\n'), 700);
  for (let line = 1; line <= 10; line += 1)
    setTimeout(() => appendFileSync(log, `[ ${line}.0] busy\n`), 700 + line * 50);
  setTimeout(() => appendFileSync(log, 'labnet-ready id\n'), 1_300);
  await ready;
  expect(asked).toBe(0);
});

test('an interruption ends the waiting', async () => {
  const user = new AbortController();
  setTimeout(() => user.abort(), 30);
  await expect(wait({ signal: user.signal })).rejects.toMatchObject({ code: 'interrupted' });
});

test('without a kernel at the deadline for it, that is the failure', async () => {
  writeFileSync(log, 'SeaBIOS\n');
  const failure = wait({ kernelMs: 50 });
  await expect(failure).rejects.toBeInstanceOf(NoKernel);
  await expect(failure).rejects.toThrow(
    'no line of a kernel within 0.05 s, and QEMU has started one, in phase firmware',
  );
});

test('with one, the deadline for it is none', async () => {
  writeFileSync(log, 'Linux version 5.10\n');
  setTimeout(() => appendFileSync(log, 'labnet-ready id\n'), 2_500);
  expect(Object.keys((await wait({ kernelMs: 2_000 })).phases)).toEqual(['kernel', 'ready']);
});

const sign = (number: number, what: string) => `labnet: run line ${number} of 2 ${what}\n`;

test('while a run line is at work the deadline does not pass, and it is told which', async () => {
  const phases: string[] = [];
  writeFileSync(log, `Linux version 5.10\n${sign(1, 'begins')}`);
  setTimeout(() => appendFileSync(log, `${sign(1, 'ended with 0')}${sign(2, 'begins')}`), 3_000);
  setTimeout(() => appendFileSync(log, `${sign(2, 'ended with 0')}labnet-ready id\n`), 6_000);
  const { left } = await wait({ deadlineMs: 2_000, onPhase: (phase) => phases.push(phase) });
  expect([left, phases]).toEqual([undefined, ['kernel', 'run line 1 of 2', 'run line 2 of 2', 'ready']]);
});

test('of one that takes long it is told again and again for how long, until it ends', async () => {
  const phases: string[] = [];
  writeFileSync(log, `Linux version 5.10\n${sign(1, 'begins')}`);
  setTimeout(() => appendFileSync(log, `${sign(1, 'ended with 0')}`), 1_300);
  setTimeout(() => appendFileSync(log, 'labnet-ready id\n'), 2_400);
  await wait({ signMs: 500, onPhase: (phase) => phases.push(phase) });
  const told = (minutes: string) => `run line 1 of 2, at work for ${minutes}`;
  expect(phases.slice(0, 4)).toEqual(['kernel', 'run line 1 of 2', told('a minute'), told('2 minutes')]);
  expect(phases.at(-1)).toBe('ready');
  // Until the VM is ready there would be four.
  expect(phases.length).toBeLessThan(7);
});

test('afterwards it does, and the message tells the line', async () => {
  writeFileSync(log, `Linux version 5.10\n${sign(1, 'begins')}${sign(1, 'ended with 0')}`);
  await expect(wait({ deadlineMs: 100 })).rejects.toThrow('no progress for 0.1 s, in run line 1 of 2');
});

const final = "Linux version 5.10\n[ 9.0] cloud-init[390]: Cloud-init v. 20.4.1 running 'modules:final'\n";

test('each word of cloud-init’s last stages gives as much time again: packages may come slowly', async () => {
  writeFileSync(log, final);
  const word = (at: number) =>
    setTimeout(() => appendFileSync(log, `[ 10.${at}] cloud-init[390]: Get:${at}\n`), at);
  for (const at of [1_500, 3_000, 4_500]) word(at);
  setTimeout(() => appendFileSync(log, 'labnet-ready id\n'), 6_000);
  expect((await wait({ deadlineMs: 3_000 })).left).toBeUndefined();
});

test('after the last word the deadline counts', async () => {
  writeFileSync(log, `${final}[ 10.1] cloud-init[390]: Get:1\n`);
  await expect(wait({ deadlineMs: 100 })).rejects.toThrow('no progress for 0.1 s, in phase final');
});

test('nobody else’s words give time', async () => {
  writeFileSync(log, final);
  const word = setInterval(() => appendFileSync(log, '[ 10.1] systemd[1]: Started.\n'), 50);
  await expect(wait({ deadlineMs: 500 })).rejects.toThrow('no progress for 0.5 s');
  clearInterval(word);
});

test('a guest that restarts is waited for, each boot as long as the first', async () => {
  writeFileSync(log, 'Linux version 5.10\n');
  setTimeout(() => appendFileSync(log, '[ 9.0] reboot: Restarting system\n'), 2_000);
  setTimeout(() => appendFileSync(log, 'Linux version 5.10\nlabnet-ready id\n'), 4_000);
  expect((await wait({ deadlineMs: 3_500, kernelMs: 3_000 })).left).toBeUndefined();
});

test('one that was ready and restarts counts when it is ready again', async () => {
  writeFileSync(log, 'Linux version 5.10\nlabnet-ready id\n');
  let isBack = false;
  setTimeout(() => {
    isBack = true;
    appendFileSync(log, 'reboot: Restarting system\nLinux version 5.10\nlabnet-ready id\n');
  }, 200);
  await wait({ restarts: 1 });
  expect(isBack).toBe(true);
});

test('the phases are those of the last boot, one after the other', async () => {
  const first = "Linux version 5.10\nsystemd[1]: hello\nrunning 'init-local'\nrunning 'modules:final'\n";
  writeFileSync(log, first);
  const later = (at: number, text: string) => setTimeout(() => appendFileSync(log, text), at);
  later(200, '[ 9.0] reboot: Restarting system\n[ 9.1] reboot: machine restart\n');
  later(500, 'Linux version 5.10\n');
  later(800, 'systemd[1]: hello\nlabnet-ready id\n');
  const { phases } = await wait();
  expect(Object.keys(phases)).toEqual(['firmware', 'kernel', 'system', 'ready']);
  const at = Object.values(phases);
  expect(at).toEqual([...at].sort((a, b) => a - b));
  expect(phases.kernel).toBeGreaterThan((phases.firmware ?? 0) + 150);
});

test('one that restarts again and again is given up', async () => {
  writeFileSync(log, 'Linux version 5.10\nreboot: Restarting system\n'.repeat(4));
  await expect(wait({ mostRestarts: 3 })).rejects.toThrow(
    'it has restarted more than 3 times without being ready',
  );
});

test('one that switches itself off has left, as the end of its console tells when QEMU has ended', async () => {
  writeFileSync(log, `Linux version 5.10\n${sign(1, 'begins')}`);
  let end = () => {};
  const gone = new Promise<void>((resolve) => {
    end = resolve;
  });
  setTimeout(() => {
    appendFileSync(log, '[ 9.0] reboot: Power down\n');
    end();
  }, 200);
  expect((await wait({ gone })).left).toBe('off');
});

test('one that halts has left, though its QEMU runs', async () => {
  writeFileSync(log, 'Linux version 5.10\n[ 9.0] reboot: System halted\n');
  expect((await wait()).left).toBe('halted');
});

test('a QEMU that ends in a run line says which', async () => {
  writeFileSync(log, `Linux version 5.10\n${sign(2, 'begins')}the last words\n`);
  await expect(wait({ gone: Promise.resolve() })).rejects.toThrow(
    /QEMU ended, in run line 2 of 2[\s\S]*the last words/,
  );
});

test.each([
  ['nothing', '', 'no line of a kernel within 0.05 s, nor one of the firmware'],
  [
    'firmware alone',
    'Booting from Hard Disk...\r\n',
    /which hangs, or starts a kernel that is not told console=ttyS0/,
  ],
])(
  'where a boot loader should come, and %s does, the message tells what that can be',
  async (_, text, said) => {
    writeFileSync(log, text);
    await expect(wait({ kernelMs: 50, byFirmware: true })).rejects.toThrow(said);
  },
);

const prompt = 'Linux version 5.10\r\n\r\nDebian GNU/Linux 11 debian ttyS0\r\n\r\ndebian login: ';

test('a login prompt and no word of cloud-init: that is the failure, and not before its time', async () => {
  writeFileSync(log, prompt);
  const started = performance.now();
  const failure = wait({ cloudInitMs: 1_500 });
  await expect(failure).rejects.toBeInstanceOf(NotReady);
  await expect(failure).rejects.toThrow(/login prompt, and its cloud-init says nothing[\s\S]*debian ttyS0/);
  expect(performance.now() - started).toBeGreaterThan(1_400);
});

test('also where the whole time ends first', async () => {
  writeFileSync(log, prompt);
  await expect(wait({ deadlineMs: 100 })).rejects.toThrow('its cloud-init says nothing');
});

test('a kernel that has no memory left asks for more in the lab file', async () => {
  writeFileSync(log, 'Linux version 5.10\r\nKernel panic - not syncing: System is deadlocked on memory\r\n');
  await expect(wait({ deadlineMs: 60_000 })).rejects.toMatchObject({
    hint: expect.stringContaining('memory: 512M'),
  });
});

test('a cloud-init that has ended by another seed ends the wait at once, with the hint to look at', async () => {
  const last =
    'cloud-init[500]: Cloud-init v. 20.4.1 finished at Tue, 01 Dec 2026 09:59:48 +0000. Datasource DataSourceNone.  Up 131 seconds';
  writeFileSync(log, `Linux version 5.10\r\n${last}\r\n`);
  await expect(wait({ deadlineMs: 60_000 })).rejects.toMatchObject({
    message: expect.stringContaining('it took what it was told from DataSourceNone'),
    hint: expect.stringContaining('NoCloud in its datasource_list'),
  });
});

test('a word of it in that time ends the judgement, however long the rest takes', async () => {
  writeFileSync(log, prompt);
  setTimeout(() => appendFileSync(log, "[ 30.1] cloud-init[2]: Cloud-init running 'init'\r\n"), 500);
  setTimeout(() => appendFileSync(log, 'labnet-ready id\r\n'), 3_000);
  expect((await wait({ cloudInitMs: 1_500 })).left).toBeUndefined();
});

test.each([
  ['', /^sudo labnet logs VM .*; sudo labnet console VM opens it, if root has a password/],
  ['Cannot open access to console, the root account is locked.\n', /^sudo labnet logs VM [^;]*$/],
])('in emergency mode the console is named, where it lets root in: %j', async (said, hint) => {
  writeFileSync(log, `Linux version 5.10\nYou are in emergency mode. After logging in, type x\n${said}`);
  await expect(wait()).rejects.toMatchObject({
    message: expect.stringContaining('the guest failed: You are in emergency mode.'),
    hint: expect.stringMatching(hint),
  });
});

/** As SeaBIOS 1.16.2 writes it (QEMU 7.2, -machine graphics=off). */
const seabios =
  '\x1bc\x1b[?7l\x1b[2J\x1b[0mSeaBIOS (version 1.16.2-debian-1.16.2-1)\r\nBooting from Hard Disk...\r\n';

test.each([
  `${seabios}Boot failed: not a bootable disk\r\n\nNo bootable device.\r\n`,
  `${seabios}GRUB loading.\r\nWelcome to GRUB!\r\n\r\nerror: no such partition.\r\nEntering rescue mode...\r\ngrub rescue> `,
  `${seabios}Missing operating system.\r\n`,
  // extlinux without its own configuration, and where its sectors are gone.
  `${seabios}\r\nEXTLINUX 6.04 EDD Copyright (C) 1994-2015 H. Peter Anvin et al\r\nWARNING: No configuration file found\r\nboot: `,
  `${seabios}\r\nBoot error\r\n`,
])('a disk that cannot be booted ends the waiting, with that cause and what to do', async (text) => {
  writeFileSync(log, text);
  await expect(wait({ byFirmware: true })).rejects.toMatchObject({
    message: expect.stringMatching(/^id: its disk cannot be booted: \S/),
    hint: expect.stringContaining('sudo labnet image pull debian-12'),
  });
});
