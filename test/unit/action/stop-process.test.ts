import { describe, expect, test } from 'vitest';
import { findProcess, stopProcess } from '../../../src/action/stop-process.ts';
import { keeperOf } from '../../../src/host/console-log.ts';
import { newRun } from '../../fakes/lab-run.ts';
import { type MemoryProcess, World } from '../../fakes/world.ts';

const uuid = '01234567-89ab-8cde-8f01-23456789abcd';
const action = { do: 'stop-process', uuid, uid: 1_900_000_000, qmp: '/run/qmp.sock' } as const;

/** A host on which the process runs, deaf to some ways of asking. */
function running(deafTo: MemoryProcess['deafTo'] = [], argv: readonly string[] = ['qemu', '-uuid', uuid]) {
  const world = new World();
  world.files.makeDirectory('/run', 0o755);
  world.files.listen('/run/qmp.sock', action.uid);
  const process = world.start({ uid: action.uid, argv, namespace: 'root', sockets: ['/run/qmp.sock'] });
  process.deafTo = deafTo;
  return { world, process, host: newRun(world) };
}

const asked = (host: ReturnType<typeof newRun>) => host.faults.calls.map(({ what }) => what);

describe('the process', () => {
  test('is the one that has uid and uuid', async () => {
    const { host, process } = running();
    expect((await findProcess(uuid, action.uid, host))?.pid).toBe(process.pid);
  });

  test("is found just after its start, while it is still root's", async () => {
    const world = new World();
    const argv = ['setpriv', '--reuid', String(action.uid), '--', 'qemu', '-uuid', uuid];
    const { pid } = world.start({ uid: 0, argv, namespace: 'root', sockets: [] });
    const host = newRun(world);
    expect((await findProcess(uuid, action.uid, host))?.pid).toBe(pid);
    await stopProcess(action, host);
    expect(world.processes.size).toBe(0);
  });

  test('goes with what has started it and has its words', async () => {
    const { world, host } = running();
    const argv = [
      'sh',
      '-c',
      '"$@"',
      'sh',
      'setpriv',
      '--reuid',
      String(action.uid),
      '--',
      'qemu',
      '-uuid',
      uuid,
    ];
    world.start({ uid: 0, argv, namespace: 'root', sockets: [] });
    await stopProcess(action, host);
    expect(world.processes.size).toBe(0);
  });

  test.each([
    ['of another uid', action.uid + 1, ['qemu', '-uuid', uuid]],
    ['with the uuid as a part of a word', action.uid, ['vim', `/tmp/${uuid}.txt`]],
    ["of root's that is not about to become ours", 0, ['qemu', '-uuid', uuid]],
    ['with another uuid', action.uid, ['qemu', '-uuid', uuid.replace('0', '1')]],
    ['without a command line, as a kernel thread', action.uid, []],
  ])('is not one %s', async (_, uid, argv) => {
    const world = new World();
    world.start({ uid, argv, namespace: 'root', sockets: [] });
    const host = newRun(world);
    expect(await findProcess(uuid, action.uid, host)).toBeUndefined();
    await stopProcess(action, host);
    expect(world.processes.size).toBe(1);
    expect(asked(host)).toEqual([]);
  });
});

describe('stopping it', () => {
  test('asks QEMU itself, and is content when that works', async () => {
    const { host, world } = running();
    await stopProcess(action, host);
    expect(world.processes.size).toBe(0);
    expect(asked(host)).toEqual(['qmp /run/qmp.sock quit']);
  });

  test('is shut down when that is asked for, and then not asked again', async () => {
    const { host, world } = running();
    expect(await stopProcess({ ...action, gently: true }, host)).toBe(true);
    expect(world.processes.size).toBe(0);
    expect(asked(host)).toEqual(['qmp /run/qmp.sock system_powerdown']);
  });

  test.each(['paused', 'io-error', 'postmigrate'] as const)(
    'is switched off when it stands still (%s): a guest notices no power button then',
    async (status) => {
      const { host, world, process } = running();
      process.status = status;
      expect(await stopProcess({ ...action, gently: true }, host)).toBe(false);
      expect(world.processes.size).toBe(0);
      expect(asked(host)).toEqual(['qmp /run/qmp.sock quit']);
    },
  );

  test.each([
    [['quit'], ['qmp', 'SIGTERM']],
    [
      ['quit', 'SIGTERM'],
      ['qmp', 'SIGTERM', 'SIGKILL'],
    ],
  ] satisfies [MemoryProcess['deafTo'], string[]][])(
    'that is deaf to %j goes on to what is harder',
    async (deafTo, steps) => {
      const { host, world } = running(deafTo);
      await stopProcess(action, host);
      expect(world.processes.size).toBe(0);
      expect(asked(host).map((what) => /qmp|SIG\w+/.exec(what)?.[0])).toEqual(steps);
    },
  );

  test('whose control socket is gone begins with SIGTERM', async () => {
    const { host, world, process } = running();
    world.files.remove('/run/qmp.sock');
    await stopProcess(action, host);
    expect(world.processes.size).toBe(0);
    expect(asked(host).at(-1)).toBe(`kill SIGTERM ${process.pid}`);
  });

  test('without a control socket begins with SIGTERM', async () => {
    const { host, process } = running();
    const { qmp: _, ...plain } = action;
    await stopProcess(plain, host);
    expect(asked(host)).toEqual([`kill SIGTERM ${process.pid}`]);
  });

  test('that no signal ends says so', async () => {
    const { host, process } = running(['quit', 'SIGTERM', 'SIGKILL']);
    await expect(stopProcess(action, host)).rejects.toThrow(`process ${process.pid} does not end`);
  });

  test('that is gone already is no error', async () => {
    const { host, world, process } = running();
    world.end(process.pid, true);
    await stopProcess(action, host);
    expect(asked(host)).toEqual([]);
  });

  test('never signals a process that was given the pid meanwhile', async () => {
    const { host, world, process } = running(['quit']);
    const { qmp } = host;
    const successor: MemoryProcess = { ...process, startTime: 'later', argv: ['sshd'], deafTo: ['quit'] };
    host.qmp = async (socket, command) => {
      const answer = await qmp.call(host, socket, command);
      world.processes.set(process.pid, successor);
      return answer;
    };
    await stopProcess(action, host).catch(() => {});
    expect(world.processes.get(process.pid)).toBe(successor);
    expect(asked(host).filter((what) => what.startsWith('kill'))).toEqual([]);
  });
});

describe("the process that keeps its console's log", () => {
  test('does not outlive it: where it hangs, it is killed; nobody else’s is', async () => {
    const { host, world } = running();
    const argv = [keeperOf(uuid)];
    const none = { argv, namespace: 'root', sockets: [] };
    world.start({ ...none, uid: action.uid });
    const others = [
      world.start({ ...none, uid: 1_000 }),
      world.start({ ...none, uid: action.uid, argv: [keeperOf('another')] }),
    ];
    await stopProcess(action, host);
    expect([...world.processes.keys()]).toEqual(others.map(({ pid }) => pid));
  });

  test('that hangs for ever is told', async () => {
    const { host, world } = running();
    const keeper = world.start({ uid: action.uid, argv: [keeperOf(uuid)], namespace: 'root', sockets: [] });
    keeper.deafTo = ['SIGKILL'];
    await expect(stopProcess(action, host)).rejects.toThrow(`process ${keeper.pid} does not end`);
  });
});
