/** Writes down what a labnet has left of a lab: its files, and how to stand it up again. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openJournal } from '../../src/engine/journal.ts';
import { localHost } from '../../src/host/local-host.ts';
import { labKeyText } from '../../src/kept/lab-key.ts';
import { labPaths, type Roots } from '../../src/paths.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { LabnetRuns } from '../setup/labnet-runs.ts';
import { cacheScript, hostScript } from './host-script.ts';
import { hide, imageValues, internetCode, type Values } from './placeholders.ts';

/** As the stand-in QEMU names itself (stand-in). */
const standInVersion = 'QEMU emulator version 7.2.0 (a stand-in)';

/** What is recorded of one lab. */
export interface Recording {
  /** Of the lab itself. */
  readonly lab: string;
  /** Where its files go. */
  readonly to: string;
  readonly roots: Roots;
  readonly values: Values;
}

/** @throws when this run of labnet fails */
export async function must({ labnet }: LabnetRuns, ...args: string[]): Promise<void> {
  const { status, stderr } = await labnet(...args);
  if (status !== 0) throw new Error(`labnet ${args.join(' ')} ended with ${status}: ${stderr}`);
}

export function valuesOf({ state, run, cache }: Roots, cli: string, images: readonly string[]): Values {
  return {
    STATE: state,
    RUN: run,
    CACHE: cache,
    CLI: cli,
    INTERNET_CODE: internetCode(cli),
    NODE: process.execPath,
    BOOT: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    ...imageValues(state, images),
  };
}

export async function record({ lab, to, roots, values }: Recording): Promise<void> {
  const { journal: path, plan, snapshot } = labPaths(roots, lab);
  const journal = await openJournal(path, lab, localHost());
  write(to, 'journal.jsonl', readFileSync(path, 'utf8'), values);
  write(to, 'plan.json', readFileSync(plan, 'utf8'), values);
  write(to, 'before.json', withFewSettings(readFileSync(snapshot, 'utf8')), values);
  write(to, 'host.sh', hostScript(journal.entries(), lab, roots), values);
}

/** A thousand settings differ from kernel to kernel; those that labnet may change are enough. */
function withFewSettings(text: string): string {
  const snapshot = JSON.parse(text) as { readonly state: { readonly settings: readonly string[] } };
  const settings = snapshot.state.settings.filter((line) =>
    /^net\.ipv4\.(ip_forward|conf\.[^.]+\.(forwarding|accept_redirects|rp_filter)) /.test(line),
  );
  return JSON.stringify({ ...snapshot, state: { ...snapshot.state, settings } });
}

/**
 * What is kept: the notes of a state, a template and a checkpoint, a script that fills them, and the text whose hash is
 * the state's key.
 */
export function recordKept({ lab, to, roots, values }: Recording): void {
  const [key = ''] = readdirSync(join(roots.cache, 'states'));
  const text = keyText(lab, roots, key);
  const known = { ...values, KEY: key };
  const saved = ['states', 'templates', `checkpoints/${lab}`].flatMap((kind) =>
    readdirSync(join(roots.cache, kind)).map((name) => join(roots.cache, kind, name)),
  );
  write(to, 'key.json', text, values);
  write(to, 'cache.sh', cacheScript(saved, filesIn(labPaths(roots, lab).dir)), known);
  for (const directory of saved)
    for (const name of ['saved.json', 'used']) {
      const path = join(directory, name);
      if (existsSync(path))
        write(
          hide(directory.replace(roots.cache, join(to, 'cache')), known),
          name,
          readFileSync(path, 'utf8'),
          known,
        );
    }
}

/** What `labKey` takes the hash of, of a lab under TCG. @throws when the state is kept under another name */
function keyText(lab: string, roots: Roots, key: string): string {
  const plan = JSON.parse(readFileSync(labPaths(roots, lab).plan, 'utf8')) as Plan;
  const text = labKeyText(plan, { qemu: standInVersion, cpu: [] });
  if (createHash('sha256').update(text).digest('hex') !== key) throw new Error('labKey is another by now');
  return text;
}

function filesIn(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile());
}

/** @throws when a path of this machine is left in it */
function write(directory: string, name: string, text: string, values: Values): void {
  const hidden = hide(text, values);
  const left = hidden.indexOf(tmpdir());
  if (left >= 0) throw new Error(`${directory}/${name}: ${hidden.slice(left - 100, left + 100)}`);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, name), hidden);
}
