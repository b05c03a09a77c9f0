/**
 * Many clones of one template, lab after lab: no two may share what a VM has for itself alone, and each must know the
 * time. `npm run bench:clones -- --labs 10 --vms 5`. Needs root and a stored image (LABNET_STATE); all labs are sandboxes.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { labs: { type: 'string', default: '10' }, vms: { type: 'string', default: '5' } },
});
const [labs, vms] = [Number(values.labs), Number(values.vms)];
const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** What each clone is asked for: a name, and the command that prints it. */
const own = {
  'machine id': 'cat /etc/machine-id',
  'host key': 'cut -d" " -f2 /etc/ssh/ssh_host_ed25519_key.pub',
  MAC: 'cat /sys/class/net/eth0/address',
  'random stream': 'head -c 32 /dev/urandom | sha256sum',
  'random seed on disk': 'sudo sha256sum /var/lib/systemd/random-seed',
  'instance id': 'sudo cat /var/lib/cloud/data/instance-id',
};

const directory = mkdtempSync(join(tmpdir(), 'labnet-clones-'));
spawnSync('chmod', ['0711', directory]);
const [state, run, cache] = ['state', 'run', 'cache'].map((name) => join(directory, name));
mkdirSync(state, { mode: 0o711 });
symlinkSync(join(process.env.LABNET_STATE ?? '/var/lib/labnet', 'images'), join(state, 'images'));
const env = { ...process.env, LABNET_STATE: state, LABNET_RUN: run, LABNET_CACHE: cache };

const seen = new Map(Object.keys(own).map((name) => [name, new Set()]));
let worstClock = 0;
const started = performance.now();
try {
  for (let number = 1; number <= labs; number += 1) {
    const lab = `clones-${number}`;
    const file = join(directory, 'lab.yaml');
    const names = Array.from({ length: vms }, (_, index) => `vm${index + 1}`);
    writeFileSync(file, `name: ${lab}\nvms: {${names.map((name) => `${name}: `).join(', ')}}\n`);
    labnet('provision', file, '--sandbox', '--fresh');
    for (const name of names) look(name);
    labnet('destroy', lab);
    process.stderr.write(`${number * vms} of ${labs * vms}\n`);
  }
} finally {
  spawnSync(process.execPath, [cli, 'destroy', '--all', '--yes'], { env });
  rmSync(directory, { recursive: true, force: true });
}
for (const [name, found] of seen) process.stdout.write(`${name}: ${found.size} different\n`);
process.stdout.write(`clock: off by at most ${worstClock.toFixed(2)} s\n`);
const alone = [...seen.values()].every((found) => found.size === labs * vms);
const seconds = ((performance.now() - started) / 1000).toFixed(0);
process.stdout.write(
  `${labs * vms} clones in ${seconds} s, ${alone && worstClock < 2 ? 'all' : 'NOT all'} apart\n`,
);
process.exitCode = alone && worstClock < 2 ? 0 : 1;

function look(name) {
  const script = [...Object.values(own), 'date +%s.%N'].join('; ');
  const before = Date.now() / 1000;
  const { stdout } = labnet('ssh', name, '--', script);
  const after = Date.now() / 1000;
  const lines = stdout.trim().split('\n');
  const clock = Number(lines.pop());
  worstClock = Math.max(worstClock, before - clock, clock - after);
  for (const [index, kind] of Object.keys(own).entries()) seen.get(kind).add(lines[index]);
}

function labnet(...args) {
  const at = args.indexOf('--');
  const argv = at === -1 ? [...args, '--yes', '--json'] : [...args.slice(0, at), '--json', ...args.slice(at)];
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...argv], { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`labnet ${args.join(' ')} ended with ${status}: ${stdout}${stderr}`);
  return JSON.parse(stdout);
}
