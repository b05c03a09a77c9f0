import { expect, test } from 'vitest';
import { qemuCommand } from '../../../src/qemu/command-line.ts';
import type { MachineCommand } from '../../../src/qemu/machine-command.ts';
import { machineCommand as machine } from '../../fakes/machine-command.ts';

/** The value after an option. */
const after = (option: string, changes: Partial<MachineCommand> = {}) => {
  const argv = qemuCommand({ ...machine, ...changes });
  return argv.filter((_, index) => argv[index - 1] === option);
};

test('commas in paths are doubled', () => {
  expect(after('-drive')[0]).toContain('file=/labs/a,,b/sda.qcow2');
});

test('every drive names its format', () => {
  expect(after('-drive').every((drive) => drive.includes('format='))).toBe(true);
});

test('the sandbox denies all it can', () => {
  expect(after('-sandbox')).toEqual([
    'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny',
  ]);
});

test('neither -daemonize, which the sandbox kills, nor any default', () => {
  const argv = qemuCommand(machine);
  expect(argv).not.toContain('-daemonize');
  expect(argv).toEqual(expect.arrayContaining(['-nodefaults', '-no-user-config']));
});

test.each([
  [{}, 'thread=multi'],
  [{ crowded: 'lab' as const }, 'thread=single'],
  [{ crowded: 'vm' as const }, 'thread=single'],
  [{ cpus: 1 }, 'thread=single'],
])('%o: %s', (changes, thread) => {
  expect(after('-accel', changes)[0]).toContain(thread);
});

test('KVM gets the host’s own CPU', () => {
  expect([after('-accel', { accelerator: 'kvm' }), after('-cpu', { accelerator: 'kvm' })]).toEqual([
    ['kvm'],
    ['host'],
  ]);
});

test('the lab sheet’s hardware: e1000 and IDE', () => {
  const devices = after('-device', { nic: 'e1000', bus: 'ide' });
  expect(devices).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^e1000,.*mac=02:00:00:00:00:01/),
      expect.stringMatching(/^ide-hd,/),
      expect.stringMatching(/^ide-cd,/),
    ]),
  );
});

test('a kernel given is started by QEMU itself, and then no disk comes first', () => {
  const direct = { kernel: '/s/a,b.kernel', initrd: '/s/c.initrd', arguments: 'root=LABEL=root ro' };
  expect([after('-kernel', { direct }), after('-initrd', { direct }), after('-append', { direct })]).toEqual([
    ['/s/a,b.kernel'],
    ['/s/c.initrd'],
    ['root=LABEL=root ro'],
  ]);
  // Whoever gets CPUs later is told how fast they are.
  const crowd = { direct, crowded: 'lab' } as const;
  expect(after('-append', crowd)).toEqual(['root=LABEL=root ro lpj=16000000']);
  expect(after('-append', { ...crowd, accelerator: 'kvm' })).toEqual(['root=LABEL=root ro']);
  expect(qemuCommand({ ...machine, direct }).join(' ')).not.toContain('bootindex');
  expect(qemuCommand(machine).join(' ')).toContain('drive=disk,addr=2,bootindex=0');
});

test.each([
  [{ crowded: 'lab' as const }, 'cpus=1,maxcpus=2'],
  [{}, '2'],
  [{ crowded: 'lab' as const, accelerator: 'kvm' as const }, '2'],
  [{ crowded: 'lab' as const, cpus: 1 }, '1'],
])('%o: -smp %s', (changes, smp) => {
  expect(after('-smp', changes)).toEqual([smp]);
});

test("a template has the devices of its clones at their places, connected to nothing that is a lab's", () => {
  const devices = (form: 'template' | 'clone') => {
    const argv = qemuCommand(machine, form);
    return argv.filter((_, index) => argv[index - 1] === '-device');
  };
  expect(devices('template')).toEqual(devices('clone'));
  const template = qemuCommand(machine, 'template').join(' ');
  expect(template).not.toContain(machine.seed);
  expect(template).not.toContain(machine.tap);
});
