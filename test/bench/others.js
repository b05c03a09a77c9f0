/**
 * The VMs of a lab made in other ways: by hand, and by virt-install. The lab's own are replaced by ones on new disks with
 * the same seeds; bridge, NAT and probes stay, so what is compared is the VMs alone.
 */
import { spawn, spawnSync } from 'node:child_process';
import { chownSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { processesOf } from './processes.js';

/** @returns seconds until every probe of `labnet verify` has passed */
export async function byHand(place) {
  return timed(place, async (machines) => {
    const children = machines.map(({ command, namespace, uid, disk, log }) => {
      const line = `-smp ${command.cpus} -m ${command.memory} -hda ${disk} -cdrom ${command.seed} -device e1000,netdev=net0,mac=${command.mac} -netdev tap,id=net0,ifname=${command.tap},script=no,downscript=no`;
      const accelerator = command.accelerator === 'kvm' ? ['-enable-kvm'] : ['-accel', 'tcg', '-cpu', 'max'];
      // `labnet verify` takes for the lab's VM what bears its uuid, and the uid it is to run as.
      const identity = ['-uuid', command.uuid, '-name', String(uid)];
      const rest = [...identity, '-display', 'none', '-serial', `file:${log}`];
      const argv = [
        // Not longer than this bench.
        ...['--pdeathsig', 'KILL', 'nsenter'],
        `--net=${namespace}`,
        '--',
        'qemu-system-x86_64',
        ...accelerator,
        ...line.split(' '),
        ...rest,
      ];
      return spawn('setpriv', argv, { stdio: 'ignore' });
    });
    return () => {
      for (const child of children) child.kill('SIGKILL');
    };
  });
}

/** The program is here, and what it talks to. */
export const hasVirtInstall = ['virt-install', 'libvirtd'].every(
  (program) => spawnSync(program, ['--version']).status === 0,
);

/** With a libvirt of its own, which is up before time counts, as on a PC. */
export async function virtInstall(place) {
  const script = fileURLToPath(new URL('libvirt', import.meta.url));
  let libvirt;
  const ready = async (namespace) => {
    const enter = [
      '--pdeathsig',
      'KILL',
      'nsenter',
      `--net=${namespace}`,
      '--',
      'unshare',
      '--mount',
      '--pid',
      '--fork',
      '--kill-child',
    ];
    libvirt = spawn('setpriv', [...enter, '--mount-proc', script], { stdio: ['pipe', 'pipe', 'inherit'] });
    await new Promise((resolve, reject) => {
      libvirt.stdout.once('data', resolve);
      libvirt.once('exit', () => reject(new Error('libvirtd has not come up')));
    });
  };
  return timed(
    place,
    async (machines) => {
      for (const { command, uid, disk, log } of machines) {
        chownSync(disk, uid, uid);
        const line = `--name vm-${uid} --uuid ${command.uuid} --virt-type ${command.accelerator === 'kvm' ? 'kvm' : 'qemu'} --memory ${command.memory} --vcpus ${command.cpus} --osinfo debian11 --import --disk path=${disk},format=qcow2 --disk path=${command.seed},device=cdrom --xml ./devices/interface/target/@managed=no --network type=ethernet,target.dev=${command.tap},mac=${command.mac},model=virtio --graphics none --serial file,path=${log} --seclabel type=static,model=dac,label=+${uid}:+${uid},relabel=no --noautoconsole`;
        libvirt.stdin.write(`${line}\n`);
      }
      return () => libvirt.kill('SIGKILL');
    },
    ready,
  );
}

async function timed({ state, labnet }, start, prepare = async () => {}) {
  const plan = JSON.parse(readFileSync(join(state, 'labs/bench/plan.json'), 'utf8'));
  const specs = plan.stages.flatMap((stage) => stage.specs);
  const machines = specs
    .filter(({ kind }) => kind === 'machine')
    .map((machine) => ({
      ...machine,
      backing: specs.find(({ kind, path }) => kind === 'overlay' && path === machine.command.disk).backing,
      disk: `${machine.command.disk}.other`,
      log: `${machine.command.consoleLog}.other`,
    }));
  for (const { command } of machines)
    for (const pid of processesOf(command.uuid)) process.kill(pid, 'SIGKILL');
  await sleep(1000);
  await prepare(machines[0].namespace);
  let stop = () => {};
  const started = performance.now();
  try {
    for (const { backing, disk } of machines)
      spawnSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', backing, disk, '10G']);
    stop = await start(machines);
    const late = AbortSignal.timeout(patience);
    await Promise.all(machines.map(({ log }) => appears(log, /labnet-ready/, late)));
    while (!(await hasPassed(labnet))) await sleep(100);
    return (performance.now() - started) / 1000;
  } finally {
    stop();
    for (const { log, disk } of machines) {
      rmSync(log, { force: true });
      rmSync(disk, { force: true });
    }
  }
}

/** Whether every probe passes; `labnet verify` ends with 3 when one does not. */
async function hasPassed(labnet) {
  try {
    return (await labnet(['verify', 'bench'])).value.ok;
  } catch {
    return false;
  }
}

/** Milliseconds for the VMs of a lab to be ready, however many there are. */
const patience = 30 * 60_000;

async function appears(path, sign, late) {
  for (;;) {
    late.throwIfAborted();
    try {
      if (sign.test(readFileSync(path, 'latin1'))) return;
    } catch {
      // Not there yet.
    }
    await sleep(100);
  }
}
