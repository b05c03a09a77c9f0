/**
 * How long a lab takes, against the lab sheet done by hand as 1: `npm run bench -- --vms 2 --json`.
 *
 * By hand means what the lab sheet types: IDE, e1000, firmware, QEMU's default TCG, on the same image with the same
 * seeds. Every way ends at the same moment: all probes of `labnet verify` have passed. Needs root, a stored image
 * (LABNET_STATE), and nothing of the host's network: all labs are sandboxes.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { byHand, hasVirtInstall, virtInstall } from './others.js';
import { benchPlace } from './place.js';
import { pss } from './processes.js';

/** @param {{ vms: number, rounds: number }} options */
export async function benchLabs({ vms, rounds }) {
  const place = benchPlace('bench');
  const { directory, cache, labnet, close } = place;
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
  const samples = {};
  /** Told at once: a round of eight VMs takes longer than one cares to wait for a table. */
  const take = (name, seconds) => {
    samples[name] ??= [];
    samples[name].push(seconds);
    process.stderr.write(`${name}: ${seconds.toFixed(1)} s\n`);
  };
  const memory = { running: [], kept: [] };
  const controller = [];
  try {
    for (let round = 0; round < rounds; round += 1) {
      rmSync(cache, { recursive: true, force: true });
      take('first', proved(await provision('--fresh')));
      await destroy();
      take('cold', proved(await provision('--cold')));
      await destroy();
      const cloned = await provisionWeighed('--fresh');
      take('clone', proved(cloned));
      controller.push(cloned.cpu);
      memory.running.push(...cloned.weights);
      memory.kept.push(...pss(directory));
      take('byHand', await byHand(place));
      if (hasVirtInstall) take('virtInstall', await virtInstall(place));
      await destroy();
      const again = await provision();
      take('again', proved(again));
      take('againAnswers', proved(again) - again.value.timings.verify / 1000);
      take('reset', (await labnet(['reset', 'bench'])).seconds);
      await destroy();
    }
  } finally {
    await close();
  }
  const seconds = Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, spread(values)]));
  const ratio = (name) => seconds.byHand.median / seconds[name].median;
  const others = Object.keys(samples).filter((name) => name !== 'byHand');
  const ratios = Object.fromEntries(others.map((name) => [name, ratio(name)]));
  const pssMiBPerVm = { running: spread(memory.running).median, kept: spread(memory.kept).median };
  return { vms, rounds, seconds, ratios, pssMiBPerVm, controllerCpuSeconds: spread(controller).median };
}

function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  const median = (sorted[Math.ceil(half) - 1] + sorted[Math.floor(half)]) / 2;
  return { median, min: sorted[0], max: sorted.at(-1) };
}
