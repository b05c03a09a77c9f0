/** A real QEMU with the options of a VM's own, and disks that nobody can boot: the firmware says so on the serial line. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { awaitReady } from '../../../src/qemu/await-ready.ts';
import { qemuCommand } from '../../../src/qemu/command-line.ts';
import { machineCommand } from '../../fakes/machine-command.ts';

/** @returns what the waiting ends with, for a VM whose disk has these first bytes */
async function boot(firstSector: Uint8Array, kernelMs: number): Promise<unknown> {
  const directory = mkdtempSync(join(tmpdir(), 'labnet-firmware-'));
  chmodSync(directory, 0o700);
  const at = (name: string) => join(directory, name);
  const disk = Buffer.alloc(1024 ** 2);
  disk.set(firstSector);
  writeFileSync(at('disk'), disk);
  writeFileSync(at('seed'), Buffer.alloc(2048));
  writeFileSync(at('log'), '');
  const files = {
    disk: at('disk'),
    seed: at('seed'),
    qmp: at('qmp'),
    console: at('console'),
    consoleLog: at('log'),
  };
  const machine = { ...machineCommand, ...files, accelerator: 'tcg', memory: 64, direct: undefined } as const;
  // No tap here; and a raw disk needs no qemu-img.
  const [program = '', ...argv] = qemuCommand(machine).map((word) =>
    word.replace(/^tap,id=net0.*/, 'hubport,id=net0,hubid=0').replace('format=qcow2', 'format=raw'),
  );
  // Its console's log is its standard input.
  const qemu = spawn(program, argv, { stdio: [openSync(at('log'), 'a'), 'ignore', 'ignore'] });
  const gone = new Promise<void>((resolve) => qemu.once('exit', () => resolve()));
  onTestFinished(async () => {
    qemu.kill('SIGKILL');
    await gone;
    rmSync(directory, { recursive: true });
  });
  const { signal } = new AbortController();
  const wait = { log: at('log'), instanceId: 'id', deadlineMs: 90_000, signal, gone, onPhase: () => {} };
  return awaitReady({ ...wait, kernelMs, byFirmware: true }).catch((error: unknown) => error);
}

const signed = (code: readonly number[]) => {
  const sector = new Uint8Array(512);
  sector.set(code);
  sector.set([0x55, 0xaa], 510);
  return sector;
};

test('a disk without a boot sector ends the waiting at once', { timeout: 120_000 }, async () => {
  expect(await boot(new Uint8Array(512), 80_000)).toMatchObject({
    message: expect.stringContaining('its disk cannot be booted: No bootable device.'),
  });
});

test('a boot loader that hangs ends it at the deadline for a kernel', { timeout: 120_000 }, async () => {
  // hlt; jmp short -3
  expect(await boot(signed([0xf4, 0xeb, 0xfd]), 8_000)).toMatchObject({
    message: expect.stringMatching(
      /found a boot loader on the disk, which hangs[\s\S]*Booting from Hard Disk/,
    ),
  });
});
