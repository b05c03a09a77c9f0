/** How verify deals with guests that it cannot reach, and with those that leave. Consoles are files, as they are followed. */

import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { allowedMs } from '../../../src/checks/how-long.ts';
import { checksOf } from '../../../src/checks/planned.ts';
import { CommandFailed } from '../../../src/host/command-failed.ts';
import type { Host } from '../../../src/host/host.ts';
import { type Roots, vmPaths } from '../../../src/paths.ts';
import type { Guest, Plan } from '../../../src/plan/plan.ts';
import { type VerifyOptions, verifyLab } from '../../../src/verify/verify.ts';
import { MemoryHost } from '../../fakes/memory-host.ts';
import { planOfSize, planOfText } from '../../fakes/plans.ts';

const plan = planOfSize(1, false);
let roots: Roots;

beforeEach(() => {
  const directory = mkdtempSync(join(tmpdir(), 'labnet-verify-'));
  roots = { state: join(directory, 'state'), run: join(directory, 'run'), cache: join(directory, 'cache') };
});

afterEach(() => rmSync(dirname(roots.state), { recursive: true }));

const first = ({ guests: [guest] }: Plan): Guest => {
  if (guest === undefined) throw new Error('there is a first guest');
  return guest;
};

/** The process of the plan's one VM. */
const qemuOf = (one: Plan): Pick<Host, 'processes' | 'waitForExit'> => {
  const { uuid, uid } = first(one);
  return {
    processes: async () => [{ pid: 4711, startTime: '1', uid, argv: ['qemu-system-x86_64', '-uuid', uuid] }],
    waitForExit: () => new Promise(() => {}),
  };
};

/** A host whose ping ends with this status, and whose ssh finds nobody. */
function hostWith(ping: number, onCall: (calls: readonly string[]) => void = () => {}) {
  const calls: string[] = [];
  const run: Host['run'] = async (argv) => {
    // The kernel's counters, read before and after: nothing was dropped.
    if (argv[0] === 'cat' || argv[0] === 'ip') return { status: 0, stdout: '', stderr: '' };
    calls.push(argv[0] ?? '');
    onCall(calls);
    if (argv[0] === 'ping') return { status: ping, stdout: '', stderr: '' };
    const said = 'ssh: connect to host 192.168.6.1 port 22: No route to host\n';
    throw new CommandFailed(argv, argv.join(' '), { how: 'exit', status: 255 }, said);
  };
  return { calls, host: Object.assign(new MemoryHost(), { run, ...qemuOf(plan) }) };
}

test('a VM that does not run is said to, and nothing is tried', async () => {
  const { host, calls } = hostWith(1);
  const { ok, probes } = await verifyLab(plan, {
    host: Object.assign(host, { processes: async () => [] }),
    roots,
  });
  expect(ok).toBe(false);
  expect(probes).toMatchObject([{ id: 'host-guest', reason: 'vm1 does not run: its QEMU has ended' }]);
  expect(calls).toEqual([]);
});

test('one that does not answer to ping is tried once by ssh, whose own words are the reason', async () => {
  const { host, calls } = hostWith(1);
  const { probes } = await verifyLab(plan, { host, roots });
  expect(calls).toEqual(['ping', 'ssh']);
  expect(probes.map(({ id, status }) => [id, status])).toEqual([
    ['host-guest', 'failed'],
    ['ssh', 'failed'],
  ]);
  expect(probes[1]?.reason).toBe(
    'cannot enter vm1 by ssh, so nothing inside it was checked: ssh: connect to host 192.168.6.1 port 22: No route to host; nor by a port of QEMU, the second way into a VM: nobody answered',
  );
});

test('one that answers to ping is waited for, until the user has enough', async () => {
  const interruption = new AbortController();
  const { host, calls } = hostWith(0, (all) => {
    if (all.length === 3) interruption.abort();
  });
  await verifyLab(plan, { host, roots, signal: interruption.signal });
  expect(calls).toEqual(['ping', 'ssh', 'ssh']);
});

test('a session that ends well and early is no proof', async () => {
  const host = new MemoryHost();
  for (const stdout of ['', 'hostname\tpassed\t1\tvm1\n']) {
    const run: Host['run'] = async () => ({ status: 0, stdout, stderr: '' });
    const { ok, probes } = await verifyLab(plan, {
      host: Object.assign(host, { run, ...qemuOf(plan) }),
      roots,
    });
    expect(ok).toBe(false);
    expect(probes[1]).toMatchObject({
      id: 'ssh',
      status: 'failed',
      reason: expect.stringContaining('ended early'),
    });
  }
});

test('each probe that was asked for is told, with "no answer" where the guest gave none', async () => {
  const run: Host['run'] = async (argv, options) => {
    if (argv[0] === 'cat' || argv[0] === 'ping') return { status: 0, stdout: '', stderr: '' };
    const [, end = ''] = /echo '([^']*)'\n$/.exec(options?.stdin ?? '') ?? [];
    const lines = ['clock\tpassed\t0\tsoon', 'hostname\tpassed\t7\tvm1', 'made-up\tpassed\t1\tx', end];
    return { status: 0, stdout: `${lines.join('\n')}\n`, stderr: '' };
  };
  const { ok, probes } = await verifyLab(plan, {
    host: Object.assign(new MemoryHost(), { run, ...qemuOf(plan) }),
    roots,
  });
  expect(ok).toBe(false);
  const told = Object.fromEntries(probes.map(({ id, status, reason }) => [id, `${status}: ${reason}`]));
  expect(told).toMatchObject({
    clock: 'failed: it was asked for its time in seconds, by date +%s, and what came is no number: soon',
    hostname: 'passed: vm1',
    route: 'failed: no answer',
    'internet-tcp':
      'failed: no answer; the first part of the way that fails is the one from the guest to the bridge',
  });
  expect(told).not.toHaveProperty('made-up');
  expect(JSON.stringify(probes)).not.toContain('null');
});

test('where a VM takes long to answer, it is told for whom and for how long is waited; not where it does not', async () => {
  const waits: string[] = [];
  const asked: (number | undefined)[] = [];
  const hostThat = (ms: number) => {
    const run: Host['run'] = async (argv, options) => {
      if (argv[0] !== 'ssh') return { status: 0, stdout: '', stderr: '' };
      asked.push(options?.timeout);
      await new Promise((resolve) => setTimeout(resolve, ms));
      return { status: 0, stdout: 'labnet: end of the checks\n', stderr: '' };
    };
    // On it everything may take a hundredth of the usual time.
    return Object.assign(new MemoryHost(), { run, ...qemuOf(plan), pace: 0.01 });
  };
  const onWait = (what: string) => waits.push(what);
  await verifyLab(plan, { host: hostThat(0), roots, onWait });
  expect(waits).toEqual([]);
  await verifyLab(plan, { host: hostThat(400), roots, onWait });
  const most = Math.ceil(allowedMs(checksOf(first(plan), plan), false) / 100_000);
  expect(waits).toEqual([`vm1: its answers are still waited for, each way into it for ${most} s at most`]);
  expect(new Set(asked)).toEqual(new Set([allowedMs(checksOf(first(plan), plan), false)]));
});

/** A lab of one VM that may leave, its console, and a host on which its sessions answer one after the other. */
function leaving(vm: string, sessions: readonly (() => string)[], password = '') {
  const lab = planOfText(`vms: {vm1: ${vm}}\n`);
  const guest = first(lab);
  const log = vmPaths(roots, lab.lab, guest.name).consoleLog;
  mkdirSync(dirname(log), { recursive: true });
  writeFileSync(log, `Linux version 5.10\nlabnet-ready ${guest.instanceId}\n`);
  const left = [...sessions];
  const run: Host['run'] = async (argv) => {
    if (argv[0] === 'cat' || argv[0] === 'ping') return { status: 0, stdout: '', stderr: '' };
    const stdout = left.shift()?.();
    if (stdout !== undefined) return { status: 0, stdout, stderr: '' };
    throw new CommandFailed(
      argv,
      argv.join(' '),
      { how: 'exit', status: 255 },
      'Permission denied (publickey).\n',
    );
  };
  let end = (_: boolean) => {};
  const exit = new Promise<boolean>((resolve) => {
    end = resolve;
  });
  const host = Object.assign(new MemoryHost(), {
    run,
    ...qemuOf(lab),
    waitForExit: () => exit,
    read: async () => password,
  });
  const say = (text: string) => appendFileSync(log, text);
  /** From now on QEMU says this of the VM. */
  const becomes = (status: string) => Object.assign(host, { qmp: async () => ({ status }) });
  const verify = async (options: Partial<VerifyOptions> = { booted: true }) => {
    const { probes } = await verifyLab(lab, { host, roots, ...options });
    return probes.filter(({ status }) => status === 'failed').map(({ id, reason }) => `${id}: ${reason}`);
  };
  return {
    say,
    becomes,
    ends: () => end(true),
    verify,
    ready: `Linux version 5.10\nlabnet-ready ${guest.instanceId}\n`,
    left,
  };
}

/** All that a guest of one VM is asked, passed but for one. */
function answers(failing = '', reason = '', more = ''): string {
  const ids = ['hostname', 'etc-hosts', 'address', 'route', 'resolver', 'cpus', 'cloud-init', 'guest-host'];
  const lines = [...ids, 'internet-gateway', 'internet-name', 'internet-tcp'].map((id) =>
    id === failing ? `${id}\tfailed\t1\t${reason}` : `${id}\tpassed\t1\tgood`,
  );
  const clock = `clock\tpassed\t0\t${Date.now() / 1000}`;
  return `${[clock, ...lines].join('\n')}\n${more}labnet: end of the checks\n`;
}

const proved = () => answers();
const leaves = () => 'labnet: leaving\nlabnet: end of the checks\n';
const restarting = '[ 9.0] reboot: Restarting system\n';
const cloud = '{cloud_config: {power_state: {mode: reboot}}}';

const untimed = (told: readonly string[]) => told.map((one) => one.replace(/ \(tried for \d s\)/, ''));

const nor = 'nor by a port of QEMU, the second way into a VM: nobody answered';
const shut = `ssh: cannot enter vm1 by ssh, so nothing inside it was checked: Permission denied (publickey).; ${nor}`;

test('of one that has come up, and that ssh does not get into, the console is named, which needs none', async () => {
  const { verify } = leaving('{}', []);
  expect(untimed(await verify())).toEqual([
    `${shut}; its console needs neither network nor ssh: sudo labnet console vm1 opens it`,
  ]);
});

test('not where the user’s shell lets nobody in: it would be asked there, too', async () => {
  const { verify } = leaving('{}', [
    () => {
      throw new CommandFailed(['ssh'], 'ssh', { how: 'exit', status: 1 }, '');
    },
  ]);
  expect(untimed(await verify())).toEqual([
    `ssh: cannot enter vm1 by ssh, so nothing inside it was checked: its user's shell ended with status 1, and ran nothing; ${nor}`,
  ]);
});

test.each([
  ['the boot has not come to its end', 'Linux version 5.10\n'],
  ['it goes down', 'systemd-shutdown[1]: Syncing filesystems\n'],
])('nor where %s', async (_, text) => {
  const { say, verify } = leaving('{}', []);
  say(`${text === 'Linux version 5.10\n' ? restarting : ''}${text}`);
  expect((await verify({})).join()).not.toContain('labnet console');
});

test.each([
  [
    'You are in emergency mode. After logging in, type x\nGive root password for maintenance\n',
    'You are in emergency mode. After logging in, type x; sudo labnet console vm1 opens it, if root has a password in the image',
  ],
  [
    'You are in rescue mode. After\nCannot open access to console, the root account is locked.\n',
    'You are in rescue mode. After; sudo labnet logs vm1 shows the whole console',
  ],
  [
    '[ 3.1] Kernel panic - not syncing: no init\n',
    'Kernel panic - not syncing: no init; sudo labnet logs vm1 shows the whole console',
  ],
])('one whose restart has failed is not said to be on its way: %j', async (text, told) => {
  const { say, verify } = leaving('{}', []);
  say(`${restarting}Linux version 5.10\n${text}`);
  expect(untimed(await verify({}))).toEqual([`${shut}; its console says: ${told}`]);
});

test('a guest that says that it is about to restart is proved when it is back', async () => {
  // Once it has been asked, however late that is on a busy PC.
  const goes = () => {
    setTimeout(() => say(restarting), 50);
    setTimeout(() => say(ready), 150);
    return leaves();
  };
  const { say, verify, ready, left } = leaving(cloud, [goes, proved]);
  expect(await verify()).toEqual([]);
  expect(left).toEqual([]);
});

test('one that restarts during the probes is asked again when it is back', async () => {
  const halfUp = () => {
    say(`${restarting}Linux version 5.10\n`);
    return answers('cloud-init', 'cloud-init has not ended');
  };
  const { say, verify, ready } = leaving(cloud, [halfUp, proved]);
  setTimeout(() => say(ready), 300);
  expect(await verify()).toEqual([]);
});

test('labnet verify does not wait for it, and says so', async () => {
  const { verify } = leaving(cloud, [leaves]);
  const where = 'it is about to restart, or to switch itself off';
  expect(await verify({})).toEqual([`host-guest: ${where}`, `ssh: ${where}`]);
});

test('one whose QEMU ends meanwhile is named at once, and not by what ssh says', async () => {
  const { say, ends, verify } = leaving('{run: [ls, poweroff]}', []);
  setTimeout(() => say('[ 9.0] reboot: Power down\n'), 100);
  setTimeout(ends, 200);
  const started = performance.now();
  expect(await verify()).toEqual(['host-guest: vm1 switched itself off; sudo labnet repair starts it again']);
  expect(performance.now() - started).toBeLessThan(30_000);
});

test('one whose QEMU crashes is named with the end of its console', async () => {
  const { say, ends, verify } = leaving(cloud, [leaves]);
  setTimeout(() => {
    say('a line of its own\n');
    ends();
  }, 100);
  const [reason] = await verify();
  expect(reason).toMatch(
    /^host-guest: vm1 does not run: its QEMU has ended; its console said last:\n[\s\S]*a line of its own$/,
  );
});

test('one that has halted is named, and asked nothing', async () => {
  const { say, verify } = leaving('{run: [halt]}', []);
  say(`${restarting}Linux version 5.10\nlabnet: run line 1 of 1 begins\n[ 9.0] reboot: System halted\n`);
  expect(await verify()).toEqual([
    'host-guest: vm1 halted: run line 1 (`halt`) was the last to begin; its QEMU runs, and it never will',
  ]);
});

test('one that has put itself to sleep is named with its line, and asked nothing', async () => {
  const { say, becomes, verify } = leaving('{run: [systemctl suspend, touch /root/two]}', []);
  say(`${restarting}Linux version 5.10\nlabnet: run line 1 of 2 begins\n`);
  becomes('suspended');
  expect(await verify()).toEqual([
    'host-guest: vm1 put itself to sleep (suspend): run line 1 (`systemctl suspend`) was the last to begin, and run line 2 did not; its QEMU runs, and nothing wakes it',
  ]);
});

test('one that falls asleep meanwhile is named as that', async () => {
  const { becomes, verify } = leaving(cloud, [
    () => {
      becomes('suspended');
      return answers('hostname', 'no answer');
    },
  ]);
  expect(await verify()).toEqual([
    'host-guest: vm1 put itself to sleep (suspend); its QEMU runs, and nothing wakes it',
  ]);
});

test('what a run line said is shown without the password of the VM', async () => {
  const said = Buffer.from('labnet: run line 1 of 1 begins\nset to open sesame\n').toString('base64');
  const noted = () => answers('', '', `run\tpassed\t0\t1;1:1;done;${said}\n`);
  const { verify } = leaving('{run: ["echo student:open sesame | chpasswd; false"]}', [noted], 'open sesame');
  expect(await verify()).toEqual([
    'run: run line 1 (`echo student:*********** | chpasswd; false`) ended with status 1; it said last:\n    set to ***********',
  ]);
});

test('a run line that has failed, and has taken the notes of it along, is told by the console', async () => {
  const noted = () => answers('', '', 'run\tpassed\t0\t;;over;\n');
  const { say, verify } = leaving('{run: [ls, "rm -rf /var/lib/labnet; false", touch x]}', [noted]);
  say('labnet: run line 2 of 3 begins\nlabnet: run line 2 of 3 ended with 1\n');
  expect(await verify()).toEqual([
    'run: run line 2 (`rm -rf /var/lib/labnet; false`) ended with status 1; not run: run line 3; sudo labnet logs vm1 shows what it said',
  ]);
});

test('a probe that fails in a guest that stays is a failure at once', async () => {
  const failed = () => answers('hostname', 'vm2, expected vm1');
  const { verify, left } = leaving(cloud, [failed, proved]);
  expect(await verify()).toEqual(['hostname: vm2, expected vm1']);
  expect(left).toHaveLength(1);
});
