/** Makes the root directory of an image from Debian packages, with mmdebstrap(1). */
import { LabnetError } from '../errors.ts';
import { CommandFailed } from '../host/command-failed.ts';
import type { Host } from '../host/host.ts';
import { makeKeyring } from './archive-keyring.ts';
import { readAptProxy } from './host-mirror.ts';
import type { MirrorPair } from './mirrors.ts';
import type { Recipe } from './recipe.ts';
import { tiedTree } from './tied-tree.ts';

/** Where the packages come from, and where the root directory is made. */
export interface RootTreeOptions {
  readonly mirrors: readonly MirrorPair[];
  /** Directory to work in; `root` and `keyring` appear there. */
  readonly staging: string;
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal | undefined;
}

/** A root directory, with notes on what was left out of it. */
export interface RootTree {
  readonly path: string;
  readonly notes: readonly string[];
}

/** Milliseconds that one run of mmdebstrap may take. */
const timeoutMs = 60 * 60_000;

/**
 * Makes the root directory from the first mirror that can deliver it. A mirror's security suite that cannot be
 * delivered is left out, with a note, where the recipe allows that.
 *
 * @throws LabnetError failed, with what each mirror said.
 */
export async function makeRootTree(recipe: Recipe, options: RootTreeOptions, host: Host): Promise<RootTree> {
  const keyring = await makeKeyring(`${options.staging}/keyring`, host);
  const temporary = `${options.staging}/tmp`;
  await host.makeDirectory(temporary, { mode: 0o755 });
  // In the staging directory, so that the next run sweeps away what a killed mmdebstrap leaves there too.
  const env = { ...(await readAptProxy(host)), TMPDIR: temporary };
  const path = `${options.staging}/root`;
  const unpack: Unpack = async (sources) => {
    const { signal, onProgress } = options;
    const onLine = (line: string) => {
      const step = /^I: ([a-z ]+)\.\.\.$/.exec(line)?.[1];
      if (step !== undefined) onProgress(step);
    };
    await host.remove(path);
    return failureOf(
      host.run(tiedTree(mmdebstrap(recipe, { keyring, path, sources })), {
        timeout: timeoutMs,
        env,
        signal,
        onLine,
        umask: 0o022,
      }),
    );
  };
  const failures: string[] = [];
  for (const mirror of options.mirrors) {
    options.onProgress(`packages from ${mirror.archive}`);
    const outcome = await tryMirror(recipe, mirror, unpack, options.onProgress);
    if ('notes' in outcome) return { path, notes: outcome.notes };
    failures.push(outcome.trouble);
    options.onProgress(outcome.trouble);
  }
  throw new LabnetError('failed', `no mirror could deliver ${recipe.title}:\n${failures.join('\n')}`, {
    hint: '--mirror URL names another one',
  });
}

type Unpack = (sources: readonly string[]) => Promise<CommandFailed | undefined>;
type Outcome = { readonly notes: readonly string[] } | { readonly trouble: string };

async function tryMirror(
  recipe: Recipe,
  mirror: MirrorPair,
  unpack: Unpack,
  onProgress: (line: string) => void,
): Promise<Outcome> {
  const components = recipe.components.join(' ');
  const main = `deb ${mirror.archive} ${recipe.suite} ${components}`;
  const failure = await unpack([main, `deb ${mirror.security} ${recipe.security.suite} ${components}`]);
  if (failure === undefined) return { notes: [] };
  const trouble = troubleWith(mirror.archive, failure);
  if (trouble !== undefined) return { trouble };
  const securityTrouble = troubleWith(mirror.security, failure) ?? giveUp(recipe, failure);
  if (!recipe.security.optional) return { trouble: securityTrouble };
  const note = `${recipe.security.suite} is left out: ${securityTrouble}`;
  onProgress(note);
  const second = await unpack([main]);
  if (second === undefined) return { notes: [note] };
  return { trouble: troubleWith(mirror.archive, second) ?? giveUp(recipe, second) };
}

function mmdebstrap(
  recipe: Recipe,
  { keyring, path, sources }: { keyring: string; path: string; sources: readonly string[] },
): readonly string[] {
  return [
    'mmdebstrap',
    '--mode=root',
    '--variant=minbase',
    `--architectures=${recipe.architecture}`,
    `--keyring=${keyring}`,
    // Archived suites are signed as ever, but nobody renews their date.
    '--aptopt=Acquire::Check-Valid-Until "false"',
    `--include=${recipe.packages.join(',')}`,
    recipe.suite,
    path,
    ...sources,
  ];
}

async function failureOf(running: Promise<unknown>): Promise<CommandFailed | undefined> {
  try {
    await running;
    return undefined;
  } catch (error) {
    if (error instanceof CommandFailed) return error;
    throw error;
  }
}

/** The first of apt's complaints that names something below the address. */
export function troubleWith(address: string, { stderr }: Pick<CommandFailed, 'stderr'>): string | undefined {
  const complaints = stderr.split('\n').filter((line) => /^[EW]: /.test(line));
  const about = complaints.find((line) => line.includes(`${address}/`) || line.includes(`${address} `));
  return about?.slice('E: '.length).replace(/\s+/g, ' ');
}

/** Gives up where another mirror would not help: the recipe or this host is at fault. @throws LabnetError failed */
function giveUp(recipe: Recipe, failure: CommandFailed): never {
  throw new LabnetError('failed', `mmdebstrap could not make ${recipe.title}: ${failure.message}`, {
    cause: failure,
  });
}
