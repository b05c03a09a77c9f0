/** Where a bench works: directories of its own, the stored images, and labnet as it is built. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** Has a Node process tell on its descriptor 3, at its end, the seconds of processor time that it took itself. */
const cpuTeller = `data:text/javascript,${encodeURIComponent(`
  import { writeSync } from 'node:fs';
  process.on('exit', () => {
    const { user, system } = process.cpuUsage();
    writeSync(3, String((user + system) / 1e6));
  });
`)}`;

/** @param {string} name */
export function benchPlace(name) {
  const directory = mkdtempSync(join(tmpdir(), `labnet-${name}-`));
  chmodSync(directory, 0o711);
  const [state, run, cache] = ['state', 'run', 'cache'].map((part) => join(directory, part));
  mkdirSync(state, { mode: 0o711 });
  symlinkSync(join(process.env.LABNET_STATE ?? '/var/lib/labnet', 'images'), join(state, 'images'));
  const env = { ...process.env, LABNET_STATE: state, LABNET_RUN: run, LABNET_CACHE: cache };

  /**
   * Runs labnet with --json: what it printed, how long it took, and its own processor time, in seconds.
   *
   * @param {readonly string[]} args flags of a command in a VM behind "--"
   * @param {(said: string) => void} onSaid told all of standard error so far, whenever there is more
   */
  function labnet(args, onSaid = () => {}) {
    const started = performance.now();
    const [own, inVm] = args.includes('--')
      ? [args.slice(0, args.indexOf('--')), args.slice(args.indexOf('--'))]
      : [[...args, '--yes'], []];
    const argv = ['--import', cpuTeller, cli, ...own, '--json', ...inVm];
    const child = spawn(process.execPath, argv, { env, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
    const said = ['', '', '', ''];
    for (const number of [1, 2, 3])
      child.stdio[number].on('data', (piece) => {
        said[number] += piece;
        if (number === 2) onSaid(said[2]);
      });
    return new Promise((resolve, reject) => {
      child.once('close', (status) => {
        const seconds = (performance.now() - started) / 1000;
        if (status === 0) resolve({ value: JSON.parse(said[1]), seconds, cpu: Number(said[3]) });
        else reject(new Error(`labnet ${args.join(' ')} ended with ${status}: ${said[1]}${said[2]}`));
      });
    });
  }

  return {
    directory,
    state,
    cache,
    labnet,
    async close() {
      await labnet(['destroy', '--all']).catch(() => {});
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
