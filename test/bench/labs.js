/**
 * How long a lab takes, against the lab sheet done by hand as 1: `npm run bench -- --vms 2 --json`.
 *
 * By hand means what the lab sheet types: IDE, e1000, firmware, QEMU's default TCG, on the same image with the same
 * seeds. Every way ends at the same moment: all probes of `labnet verify` have passed. Needs root, a stored image
 * (LABNET_STATE), and nothing of the host's network: all labs are sandboxes.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { benchPlace } from './place.js';

/** @param {{ vms: number, rounds: number }} options */
export async function benchLabs({ vms, rounds }) {
  const { directory, state, cache, labnet, close } = benchPlace('bench');
  const file = join(directory, 'lab.yaml');
  const names = Array.from({ length: vms }, (_, index) => `vm${index + 1}`);
  writeFileSync(file, `name: bench\nvms: {${names.map((name) => `${name}: `).join(', ')}}\n`);
  const provision = (...flags) => labnet(['provision', file, '--sandbox', ...flags]);
  /** The same, and what its VMs take when the probes have passed and their state is not being kept yet. */
  const provisionWeighed = async (...flags) => {
    let weights;
    const run = await labnet(['provision', file, '--sandbox', ...flags], (said) => {
      if (said.includes('Keep the state')) weights ??= pss(directory);
    });
    return { ...run, weights };
  };
  const destroy = () => labnet(['destroy', 'bench']);
  /** From the command to the last probe, without the keeping of the state that follows. */
  const proved = ({ value, seconds }) => seconds - (value.timings.keep ?? 0) / 1000;
  const samples = { byHand: [], first: [], cold: [], clone: [], again: [], againAnswers: [], reset: [] };
  const memory = { running: [], kept: [] };
  const controller = [];
  try {
    for (let round = 0; round < rounds; round += 1) {
      rmSync(cache, { recursive: true, force: true });
      samples.first.push(proved(await provision('--fresh')));
      await destroy();
      samples.cold.push(proved(await provision('--cold')));
      await destroy();
      const cloned = await provisionWeighed('--fresh');
      samples.clone.push(proved(cloned));
      controller.push(cloned.cpu);
      memory.running.push(...cloned.weights);
      memory.kept.push(...pss(directory));
      samples.byHand.push(await byHand(state, labnet));
      await destroy();
      const { value, seconds } = await provision();
      samples.again.push(seconds - (value.timings.keep ?? 0) / 1000);
      samples.againAnswers.push(seconds - (value.timings.verify + (value.timings.keep ?? 0)) / 1000);
      samples.reset.push((await labnet(['reset', 'bench'])).seconds);
      await destroy();
    }
  } finally {
    await close();
  }
  const seconds = Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, spread(values)]));
  const ratio = (name) => seconds.byHand.median / seconds[name].median;
  const ratios = Object.fromEntries(
    ['first', 'cold', 'clone', 'again', 'againAnswers', 'reset'].map((name) => [name, ratio(name)]),
  );
  const pssMiBPerVm = { running: spread(memory.running).median, kept: spread(memory.kept).median };
  return { vms, rounds, seconds, ratios, pssMiBPerVm, controllerCpuSeconds: spread(controller).median };
}

/**
 * The lab's own VMs replaced by ones started as the lab sheet has it, on new disks: bridge, NAT, seeds and probes stay,
 * so what is compared is the VMs alone.
 */
async function byHand(state, labnet) {
  const plan = JSON.parse(readFileSync(join(state, 'labs/bench/plan.json'), 'utf8'));
  const machines = plan.stages.flatMap(({ specs }) => specs).filter(({ kind }) => kind === 'machine');
  const overlays = plan.stages.flatMap(({ specs }) => specs).filter(({ kind }) => kind === 'overlay');
  for (const { command } of machines)
    for (const pid of processesOf(command.uuid)) process.kill(pid, 'SIGKILL');
  await sleep(1000);
  const children = [];
  const started = performance.now();
  try {
    for (const { command, namespace, uid } of machines) {
      const { backing } = overlays.find(({ path }) => path === command.disk);
      const disk = `${command.disk}.by-hand`;
      spawnSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', backing, disk, '10G']);
      const line = `-smp ${command.cpus} -m ${command.memory} -hda ${disk} -cdrom ${command.seed} -device e1000,netdev=net0,mac=${command.mac} -netdev tap,id=net0,ifname=${command.tap},script=no,downscript=no`;
      const accelerator = command.accelerator === 'kvm' ? ['-enable-kvm'] : ['-accel', 'tcg', '-cpu', 'max'];
      // `labnet verify` takes for the lab's VM what bears its uuid, and the uid it is to run as.
      const rest = [
        '-uuid',
        command.uuid,
        '-name',
        String(uid),
        '-display',
        'none',
        '-serial',
        `file:${command.consoleLog}.by-hand`,
      ];
      const argv = [
        `--net=${namespace}`,
        '--',
        'qemu-system-x86_64',
        ...accelerator,
        ...line.split(' '),
        ...rest,
      ];
      children.push({
        log: `${command.consoleLog}.by-hand`,
        disk,
        child: spawn('nsenter', argv, { stdio: 'ignore' }),
      });
    }
    await Promise.all(children.map(({ log }) => appears(log, /labnet-ready/)));
    while (!(await hasPassed(labnet))) await sleep(100);
    return (performance.now() - started) / 1000;
  } finally {
    for (const { child, log, disk } of children) {
      child.kill('SIGKILL');
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

/** Pids of QEMU processes with this text on their command line. */
function processesOf(text) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return line.startsWith('qemu-system') && line.includes(text);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** Proportional set size and swap of each QEMU of the directory's labs, in MiB (proc(5), smaps_rollup). */
function pss(directory) {
  return processesOf(directory).map((pid) => {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const kib = (key) => Number(new RegExp(`^${key}: +(\\d+)`, 'm').exec(text)?.[1] ?? 0);
    return (kib('Pss') + kib('SwapPss')) / 1024;
  });
}

async function appears(path, sign) {
  for (;;) {
    try {
      if (sign.test(readFileSync(path, 'latin1'))) return;
    } catch {
      // Not there yet.
    }
    await sleep(100);
  }
}

function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  const median = (sorted[Math.ceil(half) - 1] + sorted[Math.floor(half)]) / 2;
  return { median, min: sorted[0], max: sorted.at(-1) };
}
