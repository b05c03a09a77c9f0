import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { CommandFailed } from '../../../src/host/command-failed.ts';
import { probeAccelerator } from '../../../src/qemu/accelerator.ts';
import { bootSector, bootSectorStatus } from '../../../src/qemu/boot-sector.ts';
import { partialHost } from '../../fakes/partial-host.ts';

const node = {
  kind: 'character device',
  mode: 0o666,
  uid: 0,
  gid: 0,
  size: 0,
  inode: 1,
  device: 1,
  allocated: 0,
  mtimeMs: 0,
} as const;

function hostWith(kvm: typeof node | undefined | { kind: 'file' }, runKvm: () => never | void = () => {}) {
  return partialHost({
    stat: async () => (kvm === undefined ? undefined : { ...node, ...kvm }),
    temporaryDirectory: async () => ({ path: '/scratch', remove() {} }),
    write: async () => {},
    makeDirectory: async () => {},
    removeEmptyDirectory: async () => {},
    privateMounts: async () => ({ pid: 42, close: async () => {} }),
    run: async (argv) => {
      if (argv.includes('kvm')) runKvm();
      return { status: bootSectorStatus, stdout: '', stderr: '' };
    },
  });
}

const probe = (host: ReturnType<typeof hostWith>) => probeAccelerator(host, { scratch: '/scratch' });

function fails(end: CommandFailed['end'], stderr: string): (accelerator?: 'kvm' | 'tcg') => never {
  return (accelerator = 'kvm') => {
    throw new CommandFailed(['qemu-system-x86_64', '-accel', accelerator], 'qemu-system-x86_64', end, stderr);
  };
}

describe('KVM is believed only when a guest has run', () => {
  test('it has', async () => {
    expect((await probe(hostWith(node))).accelerator).toBe('kvm');
  });

  test.each([
    ['no device', undefined, 'there is no /dev/kvm'],
    ['a file in its place', { kind: 'file' } as const, 'is not a device'],
  ])('%s', async (_, kvm, reason) => {
    const found = await probe(hostWith(kvm));
    expect(found).toEqual({ accelerator: 'tcg', reason: expect.stringContaining(reason), slowness: 1 });
  });

  test.each([
    [
      'aborts',
      { how: 'signal', signal: 'SIGABRT' } as const,
      'error: failed to set MSR 0x10a to 0x0',
      'failed to set MSR 0x10a',
    ],
    [
      'is not allowed',
      { how: 'exit', status: 1 } as const,
      'Could not access KVM kernel module: Permission denied',
      'Permission denied',
    ],
    ['hangs', { how: 'timeout', ms: 1000 } as const, '', 'no answer within 1000 ms'],
  ])('a guest that %s', async (_, end, stderr, reason) => {
    const found = await probe(hostWith(node, fails(end, stderr)));
    expect(found).toEqual({ accelerator: 'tcg', reason: expect.stringContaining(reason), slowness: 1 });
  });
});

describe('how slow a host is shows in the time that the guest took', () => {
  const probeThatTakes = (ms: number) =>
    probe(
      partialHost({
        ...hostWith(undefined),
        run: async () => {
          await sleep(ms);
          return { status: bootSectorStatus, stdout: '', stderr: '' };
        },
      }),
    );

  test('a usual one, and one that needs longer', async () => {
    expect(await probeThatTakes(10)).toMatchObject({ accelerator: 'tcg', slowness: 1 });
    expect((await probeThatTakes(700)).slowness).toBeGreaterThanOrEqual(3);
  });
});

describe('what is asked', () => {
  type Ask = (accelerator: 'kvm' | 'tcg', count: number) => void;
  function asked(answer: Ask) {
    const trials: string[] = [];
    const host = partialHost({
      ...hostWith(node),
      run: async (argv, options = {}) => {
        if (!argv.includes('qemu-system-x86_64')) return { status: 0, stdout: '', stderr: '' };
        const accelerator = argv.includes('kvm') ? 'kvm' : 'tcg';
        trials.push(`${accelerator} ${options.timeout}`);
        answer(accelerator, trials.length);
        return { status: bootSectorStatus, stdout: '', stderr: '' };
      },
    });
    return { trials, found: probe(host) };
  }
  const late = fails({ how: 'timeout', ms: 1000 }, '');
  const noBios = fails({ how: 'exit', status: 1 }, 'qemu: could not load PC BIOS');

  test('KVM alone, when it answers; TCG for its time, when QEMU says that KVM is at fault', async () => {
    const good = asked(() => {});
    expect(await good.found).toMatchObject({ accelerator: 'kvm' });
    const barred = fails({ how: 'exit', status: 1 }, 'failed to initialize kvm: Permission denied');
    const bad = asked((accelerator) => accelerator === 'kvm' && barred());
    expect(await bad.found).toMatchObject({ accelerator: 'tcg' });
    expect([good.trials, bad.trials]).toEqual([['kvm 1000'], ['kvm 1000', 'tcg 60000']]);
  });

  test('TCG for its time, and KVM once more, when KVM is late: QEMU may have come from a cold disk', async () => {
    const cold = asked((accelerator, count) => {
      if (accelerator === 'kvm' && count === 1) late();
    });
    expect(await cold.found).toMatchObject({ accelerator: 'kvm' });
    expect(cold.trials).toEqual(['kvm 1000', 'tcg 60000', 'kvm 1000']);
  });

  test('TCG, when another thing than KVM may be at fault: a QEMU that runs no guest is no TCG', async () => {
    const broken = asked(noBios);
    await expect(broken.found).rejects.toThrow('could not load PC BIOS');
    expect(broken.trials).toEqual(['kvm 1000', 'tcg 60000']);
    const crashes = asked((accelerator) => {
      if (accelerator === 'kvm') fails({ how: 'signal', signal: 'SIGABRT' }, 'error: failed to set MSR')();
    });
    expect(await crashes.found).toMatchObject({ accelerator: 'tcg' });
  });
});

describe('a trial runs', () => {
  const uid = '1899999999';
  const rightless = ['--inh-caps=-all', '--bounding-set=-all', '--no-new-privs', '--'];

  async function commands(kvm: { readonly mode: number; readonly gid: number }) {
    const ran: (readonly string[])[] = [];
    const written: unknown[] = [];
    const host = partialHost({
      ...hostWith(node),
      stat: async () => ({ ...node, ...kvm }),
      write: async (path, _, options) => void written.push([path, options]),
      run: async (argv) => {
        if (!argv.includes('qemu-system-x86_64')) return { status: 0, stdout: '', stderr: '' };
        ran.push(argv);
        if (ran.length === 1) fails({ how: 'timeout', ms: 1000 }, '')();
        return { status: bootSectorStatus, stdout: '', stderr: '' };
      },
    });
    expect(await probe(host)).toMatchObject({ accelerator: 'kvm' });
    expect(written).toEqual([['/scratch/boot-sector', { mode: 0o600, uid: Number(uid) }]]);
    return ran;
  }

  test.each([
    ['everybody may open', { mode: 0o666, gid: 106 }, ['--clear-groups']],
    ['a group may open', { mode: 0o660, gid: 106 }, ['--groups', '106']],
    ['root alone may open', { mode: 0o600, gid: 0 }, ['--clear-groups']],
  ])('without any right but to a /dev/kvm that %s', async (_, kvm, groups) => {
    const ran = await commands(kvm);
    const as = (own: readonly string[]) => [
      ...['nsenter', '--mount=/proc/42/ns/mnt', '--', 'unshare', '--root=/scratch/view', '--'],
      ...['setpriv', '--reuid', uid, '--regid', uid],
      ...own,
      ...rightless,
      'qemu-system-x86_64',
    ];
    const starts = ran.map((argv) => argv.slice(0, argv.indexOf('qemu-system-x86_64') + 1));
    expect(starts).toEqual([as(groups), as(['--clear-groups']), as(groups)]);
  });

  test('in the sandbox, with the machine that VMs get, and nothing else of the host', async () => {
    const given = (argv: readonly string[], option: string) => argv[argv.indexOf(option) + 1];
    const ran = await commands(node);
    expect(ran.map((argv) => given(argv, '-accel'))).toEqual(['kvm', expect.stringMatching(/^tcg/), 'kvm']);
    for (const argv of ran) {
      expect(given(argv, '-sandbox')).toBe(
        'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny',
      );
      expect(argv).toEqual(expect.arrayContaining(['-nodefaults', '-no-user-config']));
      expect(given(argv, '-drive')).toBe('if=none,id=disk,format=raw,file=/scratch/boot-sector');
    }
  });
});

test('the boot sector is one: 512 bytes with the mark at the end', () => {
  const sector = bootSector();
  expect(sector).toHaveLength(512);
  expect([...sector.subarray(510)]).toEqual([0x55, 0xaa]);
});
