/** A provision, from the image to the proof: the steps in the order in which a reader should learn them. */
import { flyCanary } from '../canary/canary.ts';
import type { RunContext } from '../engine/apply.ts';
import { begunSince } from '../engine/destroy.ts';
import type { Entry } from '../engine/journal.ts';
import { fromSaved } from '../kept/saved-lab.ts';
import { machineOf } from '../plan/accelerator.ts';
import { type Plan, startsMachines } from '../plan/plan.ts';
import { passedWords } from '../report/lab-text.ts';
import type { Verification } from '../verify/probe.ts';
import { verifyLab } from '../verify/verify.ts';
import { applyStage, applySteps } from './apply-steps.ts';
import { type BootPhases, bootSteps } from './boot-steps.ts';
import type { Context } from './context.ts';
import { followRestarts } from './fall-back.ts';
import { type HostLock, hostLock } from './host-lock.ts';
import { KeptFails } from './kept-at-fault.ts';
import { type BegunRun, chooseAccelerator, preflight } from './preflight.ts';
import { keepState, placeOf, type StatePlace } from './saved-state.ts';
import { type Template, templatesFor, tryTemplates, withClones } from './templates.ts';
import type { Timed } from './timed.ts';
import { trace } from './trace.ts';
import type { Wanted } from './wanted.ts';

/** A lab that was made and proved. */
export interface Made {
  readonly plan: Plan;
  readonly verification: Verification;
  /** The phases of the boot, of each VM that has booted in this run. */
  readonly boots: ReadonlyMap<string, BootPhases>;
}

/** What those VMs start from that are not there yet. */
interface Source {
  /** Where this very lab is kept, or is to be: undefined for a lab that is there already. */
  readonly place: StatePlace | undefined;
  readonly templates: readonly Template[];
}

/** The error of VMs that were started from what was kept, and have failed; it may be at fault. */
export class StartedFrom extends Error {
  /** The directories in which it is kept. */
  readonly directories: readonly string[];
  /** Whether it was a whole lab, not the template of its VMs. */
  readonly whole: boolean;

  constructor({ place, templates }: Source, cause: unknown) {
    super('', { cause });
    this.whole = place?.there === true;
    this.directories =
      place?.there === true ? [place.directory] : templates.map(({ directory }) => directory);
  }
}

/**
 * Makes a lab and proves it; unmakes nothing when it fails.
 *
 * @throws StartedFrom around what was thrown, once VMs go on from what was kept
 */
export async function makeLab(
  wanted: Wanted,
  begun: BegunRun,
  { step, steps }: Timed,
  context: Context,
): Promise<Made> {
  const { host, signal } = context;
  const { journal } = begun;
  const run: RunContext = { host, journal, signal, secrets: wanted.secrets, onAction: trace(context) };
  const lock = hostLock(`provision ${wanted.name}`, context);
  try {
    const image = await step('image', `Base image ${wanted.image}`, (line) =>
      wanted.provideImage((text) => line.output(text), context),
    );
    const accelerator = await step('accelerator', 'Accelerator', async (line) => {
      await lock.take();
      const chosen = await chooseAccelerator(wanted, image, begun, context);
      line.title(`Accelerator: ${chosen.accelerator} (${chosen.reason}${paceNote(host.pace)})`);
      return chosen;
    });
    const [planned, place] = await step('preflight', 'Preflight', async () => {
      const checked = await preflight(wanted, { image, accelerator }, begun, context);
      if (begun.before.length > 0) return [checked, undefined] as const;
      const found = await placeOf(checked, wanted.secrets, context);
      return [checked, { ...found, there: found.there && !begun.fresh }] as const;
    });
    const restored = place?.there === true ? fromSaved(planned, place.directory) : planned;
    const parts = restored.stages.filter((stage) => !startsMachines(stage));
    await steps('apply', 'Host', applySteps({ stages: parts }, run));
    await step('canary', 'Canary', async (line) => {
      const { skipped, tried, warnings } = await flyCanary(planned, run);
      for (const warning of warnings) context.say(`warning: ${warning}`);
      const arrived = tried.filter(({ ok }) => ok).length;
      line.title(
        skipped ? 'Canary: left out, VMs are running' : `Canary: ${arrived} of ${tried.length} ways are open`,
      );
    });
    const templates =
      begun.cold || begun.before.length > 0 || place?.there === true
        ? []
        : await provideTemplates(wanted, planned, lock, { step }, context);
    const source: Source = { place, templates };
    try {
      await step('machines', 'Machines', async (line) => {
        for (const stage of withClones(restored, templates).stages.filter(startsMachines))
          line.title(await applyStage(stage, run));
      });
      await lock.release();
      return await prove(planned, source, begun.before, { step, steps }, { ...run, ...context });
    } catch (error) {
      throw new StartedFrom(source, error);
    }
  } finally {
    await lock.release();
  }
}

const paceNote = (pace: number) => (pace < 2 ? '' : `; each limit of time is ${pace} times the usual one`);

/**
 * Makes the templates that are needed, without the host's lock: what the lab takes of this host it has by now, and
 * others need not wait while a template is made.
 */
async function provideTemplates(
  { lab, image }: Wanted,
  plan: Plan,
  lock: HostLock,
  { step }: Pick<Timed, 'step'>,
  context: Context,
): Promise<readonly Template[]> {
  if (lab === undefined) return [];
  const { templates, notes } = await templatesFor(lab, plan, context);
  for (const note of notes) context.say(note);
  if (templates.length === 0) return [];
  return step('template', `Template of ${image}`, async () => {
    await lock.release();
    const usable = await tryTemplates(templates, lab.image, context);
    // No other run may remove what the VMs are about to be cloned from.
    await lock.take();
    return usable;
  });
}

/** Waits for the VMs, proves the lab, and keeps it for the next time. */
async function prove(
  planned: Plan,
  { place }: Source,
  before: readonly Entry[],
  { step, steps }: Pick<Timed, 'step' | 'steps'>,
  context: Context & RunContext & { readonly signal: AbortSignal },
): Promise<Made> {
  const { host, roots, signal, journal } = context;
  const isRestored = place?.there === true;
  const begun = new Set(begunSince(before, journal).map(({ id }) => id));
  const boots = new Map<string, BootPhases>();
  const onReady = (name: string, phases: BootPhases) => {
    if (begun.has(machineOf(name, planned).id) && !isRestored) boots.set(name, phases);
  };
  const now = { plan: planned };
  const onRestart = followRestarts(now, context);
  await steps('boot', 'VMs', bootSteps(planned, { ...context, onReady, onRestart }), 'at once');
  const { plan } = now;
  const verification = await step('verify', 'Verify', async (line) => {
    const restored = new Set(isRestored ? plan.guests.map(({ name }) => name) : []);
    const onWait = (what: string) => line.output(what);
    const proof = await verifyLab(plan, { host, roots, signal, restored, booted: true, onWait });
    line.title(`Verify: ${passedWords(proof)}`);
    return proof;
  });
  if (isRestored && !verification.ok) throw new KeptFails('failed', 'a probe fails in the lab that was kept');
  if (place !== undefined && !isRestored && verification.ok) {
    await step('keep', 'Keep the state for the next time', async (line) => {
      if (await keepState(plan, place, context)) line.title('State kept for the next time');
    });
  }
  return { plan, verification, boots };
}
