/** One case of the matrix: a run in which something goes wrong, and then the way back. */
import { readFileSync, rmSync } from 'node:fs';
import { type Case, isSignal, type Lab, type Phase, type Recorded, undoesItself, wayBack } from './cases.ts';
import type { Ended, Runs } from './runs.ts';
import type { World } from './world.ts';

export interface Trials {
  /** What a clean provision and a clean destroy do. */
  record(lab: Lab): Promise<Recorded>;
  /** @throws Error that tells what was wrong */
  run(one: Case, links?: Links): Promise<Outcome>;
}

/** Cases are chained where that saves making a lab: one that ends with a lab hands it to one that begins with it. */
export interface Links {
  /** The lab is there already. */
  readonly standing?: boolean;
  /** It is to be left there. */
  readonly keep?: boolean;
}

export interface Outcome {
  /** The next provision asked for a destroy first. */
  readonly askedForDestroy: boolean;
}

export function trials(world: World, runs: Runs): Trials {
  const { directory } = world;
  const { labnet, succeed, identical } = runs;

  /** Provisions again; a lab that has drifted may ask to be destroyed first. */
  async function provisionAgain(lab: Lab): Promise<boolean> {
    const { status, said } = await labnet(lab, 'provision');
    if (status === 0) return false;
    if (!said.includes('destroy, then provision again'))
      throw new Error(`after the fault, provision ends with ${status}:\n${said}`);
    await succeed(lab, 'destroy', 'asked for by provision');
    await identical('after the destroy that provision asked for');
    await succeed(lab, 'provision', 'after the destroy that it asked for');
    return true;
  }

  /** Kept states outlive a lab: each provision is to go the way of the recorded one. */
  let kept = false;
  async function prepareCache(lab: Lab): Promise<void> {
    if (lab !== 'again') world.emptyCache();
    else if (kept) await world.fillCache();
    else {
      world.emptyCache();
      await succeed(lab, 'provision', 'for its state');
      await succeed(lab, 'destroy', 'for its state');
      await world.keepCache();
      kept = true;
    }
  }

  return {
    async record(lab) {
      await prepareCache(lab);
      const of = async (phase: Phase) => {
        const file = `${directory}/record`;
        const { status, said } = await labnet(lab, phase, { faults: { record: file } });
        if (status !== 0) throw new Error(`a clean ${phase} ends with ${status}:\n${said}`);
        const ops = readFileSync(file, 'utf8').trimEnd().split('\n');
        rmSync(file);
        return ops;
      };
      const recorded = { provision: await of('provision'), destroy: await of('destroy') };
      await identical('after a clean run');
      return recorded;
    },

    async run(one, { standing = false, keep = false } = {}) {
      const { lab, phase, mode } = one;
      if (phase === 'destroy' && !standing) await succeed(lab, 'provision', 'before the fault');
      if (phase === 'provision') await prepareCache(lab);
      const { came, status, said } = await struck(one, world, runs);
      if (!came) throw new Error(`the run never came to this operation; it ended with ${status}:\n${said}`);
      if (mode === 'flush' && lab === 'own') await world.reloadRules();
      const undone =
        phase === 'provision' &&
        undoesItself.has(mode) &&
        status !== 0 &&
        status !== 3 &&
        (isSignal.has(mode) || !said.includes('left:'));
      if (undone)
        await identical(`after provision has ended with ${status} and said of nothing that it is left`);
      // On a host that is as it was, without anything kept, provision is what every other case begins with.
      const onward = wayBack(one) === 'provision';
      if (onward && !keep && undone && world.cacheIsEmpty()) return { askedForDestroy: false };
      const askedForDestroy = onward && (await provisionAgain(lab));
      if (keep) return { askedForDestroy };
      await succeed(lab, 'destroy', 'at the end');
      await identical('at the end');
      return { askedForDestroy };
    },
  };
}

/** Runs labnet with what goes wrong; `came`: whether labnet came to the operation. */
export async function struck(
  one: Case,
  world: World,
  runs: Runs,
): Promise<Ended & { readonly came: boolean }> {
  const { lab, phase, op, mode } = one;
  const met = `${world.directory}/met`;
  const at = { op, mode: inPreload[mode] ?? mode, world: meddler(one, world) };
  const terminal = mode.startsWith('ctrl-c');
  const ended = await runs.labnet(lab, phase, { faults: { at, met }, terminal });
  const came = takeAway(met);
  if (came && mode.startsWith('reboot')) await world.reboot();
  return { ...ended, came };
}

/** What the preload does for modes that are more than that. */
const inPreload: Readonly<Record<string, string>> = {
  reboot: 'kill-before',
  'reboot-after': 'kill-after',
  flush: 'meddle',
  detach: 'meddle',
  'delete-bridge': 'meddle',
};

function meddler({ lab, mode }: Case, world: World): readonly string[] {
  const enter = lab === 'own' ? [] : ['nsenter', `--net=${world.env.LABNET_RUN}/own/host.ns`, '--'];
  if (mode === 'flush') return [...enter, 'nft', 'flush', 'ruleset'];
  if (mode === 'detach') return [...enter, 'ip', 'link', 'set', 'dev', 'tap0', 'nomaster'];
  return [...enter, 'ip', 'link', 'delete', 'dev', 'br0'];
}

function takeAway(path: string): boolean {
  try {
    rmSync(path);
    return true;
  } catch {
    return false;
  }
}
