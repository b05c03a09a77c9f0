/**
 * Many clones of one template, lab after lab: no two may share what a VM has for itself alone, and each must know the
 * time. `npm run bench:clones -- --labs 10 --vms 5`. Needs root and a stored image (LABNET_STATE); all labs are sandboxes.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchPlace } from './place.js';

const { values } = parseArgs({
  options: { labs: { type: 'string', default: '10' }, vms: { type: 'string', default: '5' } },
});
const [labs, vms] = [Number(values.labs), Number(values.vms)];

/** What each clone is asked for: a name, and the command that prints it. */
const own = {
  'machine id': 'cat /etc/machine-id',
  'host key': 'sudo cut -d" " -f2 /etc/ssh/ssh_host_ed25519_key.pub',
  MAC: 'cat /sys/class/net/eth0/address',
  'random stream': 'head -c 32 /dev/urandom | sha256sum',
  'random seed on disk': 'sudo sha256sum /var/lib/systemd/random-seed',
  'instance id': 'readlink /var/lib/cloud/instance',
};

const { directory, labnet, close } = benchPlace('clones');
const seen = new Map(Object.keys(own).map((name) => [name, new Set()]));
let worstClock = 0;
const started = performance.now();
try {
  for (let number = 1; number <= labs; number += 1) {
    const lab = `clones-${number}`;
    const file = join(directory, 'lab.yaml');
    const names = Array.from({ length: vms }, (_, index) => `vm${index + 1}`);
    writeFileSync(file, `name: ${lab}\nvms: {${names.map((name) => `${name}: `).join(', ')}}\n`);
    await labnet(['provision', file, '--sandbox', '--fresh']);
    for (const name of names) await look(name);
    await labnet(['destroy', lab]);
    process.stderr.write(`${number * vms} of ${labs * vms}\n`);
  }
} finally {
  await close();
}
for (const [name, found] of seen) process.stdout.write(`${name}: ${found.size} different\n`);
process.stdout.write(`clock: off by at most ${worstClock.toFixed(2)} s\n`);
const alone = [...seen.values()].every((found) => found.size === labs * vms);
const seconds = ((performance.now() - started) / 1000).toFixed(0);
process.stdout.write(
  `${labs * vms} clones in ${seconds} s, ${alone && worstClock < 2 ? 'all' : 'NOT all'} apart\n`,
);
process.exitCode = alone && worstClock < 2 ? 0 : 1;

async function look(name) {
  const script = [...Object.values(own), 'date +%s.%N'].join('; ');
  const before = Date.now() / 1000;
  const { value } = await labnet(['ssh', name, '--', script]);
  const after = Date.now() / 1000;
  const lines = value.stdout.trim().split('\n');
  const clock = Number(lines.pop());
  if (lines.length !== Object.keys(own).length)
    throw new Error(`${name} does not answer all: ${value.stdout}`);
  worstClock = Math.max(worstClock, before - clock, clock - after);
  for (const [index, kind] of Object.keys(own).entries()) seen.get(kind).add(lines[index]);
}
