import { flyCanary } from '../canary/canary.ts';
import { allEnded } from '../engine/all-ended.ts';
import type { RunContext } from '../engine/apply.ts';
import { begunSince } from '../engine/destroy.ts';
import { asRouted } from '../engine/follow.ts';
import type { Entry } from '../engine/journal.ts';
import { asKnown } from '../engine/known.ts';
import type { Host } from '../host/host.ts';
import { requireThere } from '../image/store-check.ts';
import { lockHost, type OpenLab, savePlan } from '../labs/lab-store.ts';
import { saveSnapshot } from '../labs/snapshot.ts';
import { readRuleset } from '../netfilter/read-ruleset.ts';
import { specsOf, startsMachines } from '../plan/plan.ts';
import { refuseOtherPasswords } from '../preflight/changed.ts';
import { refuseNeighbours } from '../preflight/neighbours.ts';
import { refuseConflicts, requireRoom } from '../preflight/preflight.ts';
import { refuseSurroundings } from '../preflight/surroundings.ts';
import { probeAccelerator } from '../qemu/accelerator.ts';
import { verifyLab } from '../verify/verify.ts';
import { applyStage, applyTasks } from './apply-tasks.ts';
import { type BootPhases, bootTasks } from './boot-tasks.ts';
import type { Context } from './context.ts';
import { followRestarts } from './fall-back.ts';
import { type Found, known, releaseHostLock, toMake } from './found.ts';
import { keepState, placeOf } from './saved-state.ts';
import type { Step } from './step.ts';
import { templatesFor, tryTemplates } from './templates.ts';
import { trace } from './trace.ts';
import type { Wanted } from './wanted.ts';

/** The lab at work on, and what its journal knew before. */
interface BegunRun extends Pick<OpenLab, 'journal'> {
  readonly before: readonly Entry[];
  /** Boot, also when the lab's state is kept. */
  readonly fresh: boolean;
  /** Boot from the beginning, without templates. */
  readonly cold: boolean;
}

const paceNote = ({ pace }: Host) => (pace < 2 ? '' : `; each limit of time is ${pace} times the usual one`);

/** The steps of a provision, in the order a reader should learn them. */
export function story(
  wanted: Wanted,
  { journal, before, fresh, cold }: BegunRun,
  found: Found,
  context: Context,
): readonly Step[] {
  const { host, roots, signal } = context;
  const run: RunContext = { host, journal, signal, secrets: wanted.secrets, onAction: trace(context) };
  return [
    {
      name: 'image',
      title: `Base image ${wanted.image}`,
      task: async (_, task) => {
        const onProgress = (line: string) => {
          task.output = line;
        };
        found.image = await wanted.provideImage(onProgress, context);
      },
    },
    {
      name: 'accelerator',
      title: 'Accelerator',
      task: async (_, task) => {
        found.hostLock = await lockHost(`provision ${wanted.name}`, {
          host,
          roots,
          wait: context.options.wait,
        });
        const [chosen] = await allEnded([
          probeAccelerator(host, { scratch: roots.run, signal }),
          // Of the lab's first provision alone, which finds an empty journal.
          journal.entries().length === 0 && saveSnapshot(wanted.name, known(found, 'image'), host, roots),
        ]);
        host.slowed(chosen.slowness * context.options.patience);
        task.title = `Accelerator: ${chosen.accelerator} (${chosen.reason}${paceNote(host)})`;
        found.accelerator = chosen;
      },
    },
    {
      name: 'preflight',
      title: 'Preflight',
      task: async () => {
        const { accelerator } = known(found, 'accelerator');
        await requireThere(known(found, 'image'), host);
        const rules = readRuleset(host);
        const planned = await wanted.planFor({ image: known(found, 'image'), accelerator, rules }, context);
        const boot = await host.bootId();
        const plan = asRouted(asKnown(planned, journal, boot), journal, boot);
        for (const warning of plan.warnings) context.say(`warning: ${warning}`);
        await refuseConflicts(plan, journal, host);
        await refuseOtherPasswords(specsOf(plan), wanted.secrets, host);
        for (const warning of await requireRoom(plan, journal, host, roots))
          context.say(`warning: ${warning}`);
        await refuseNeighbours(plan, host, rules);
        for (const warning of await refuseSurroundings(plan, host)) context.say(`warning: ${warning}`);
        await savePlan(plan, host, roots);
        found.plan = plan;
        if (before.length > 0) return;
        const place = await placeOf(plan, wanted.secrets, context);
        found.state = { ...place, there: place.there && !fresh };
      },
    },
    {
      name: 'apply',
      title: 'Host',
      task: (_, task) => {
        const tasks = applyTasks(
          { stages: toMake(found).stages.filter((stage) => !startsMachines(stage)) },
          run,
        );
        return task.newListr([...tasks], { rendererOptions: { collapseSubtasks: false } });
      },
    },
    {
      name: 'canary',
      title: 'Canary',
      task: async (_, task) => {
        const { skipped, tried, warnings } = await flyCanary(known(found, 'plan'), run);
        for (const warning of warnings) context.say(`warning: ${warning}`);
        const arrived = tried.filter(({ ok }) => ok).length;
        task.title = skipped
          ? 'Canary: left out, VMs are running'
          : `Canary: ${arrived} of ${tried.length} ways are open`;
      },
    },
    {
      name: 'template',
      title: `Template of ${wanted.image}`,
      task: async (_, task) => {
        const { lab } = wanted;
        if (cold || lab === undefined || before.length > 0 || found.state?.there === true) return task.skip();
        const { templates, notes } = await templatesFor(lab, known(found, 'plan'), context);
        for (const note of notes) context.say(note);
        if (templates.length === 0) return task.skip();
        // What the lab takes of this host it has by now: others need not wait while a template is made.
        await releaseHostLock(found);
        found.templates = await tryTemplates(templates, lab.image, context);
        // No other run may remove what the VMs are about to be cloned from.
        found.hostLock = await lockHost(`provision ${wanted.name}`, {
          host,
          roots,
          wait: context.options.wait,
        });
      },
    },
    {
      name: 'machines',
      title: 'Machines',
      task: async (_, task) => {
        for (const stage of toMake(found).stages.filter(startsMachines))
          task.title = await applyStage(stage, run);
      },
    },
    {
      name: 'boot',
      title: 'VMs',
      task: async (_, task) => {
        await releaseHostLock(found);
        const booted = new Set(begunSince(before, journal).map(({ id }) => id));
        const onReady = (name: string, phases: BootPhases) => {
          if (booted.has(`machine:${name}`) && found.state?.there !== true) found.boots.set(name, phases);
        };
        const onRestart = followRestarts(found, context);
        const tasks = bootTasks(known(found, 'plan'), { ...run, roots, signal, onReady, onRestart });
        return task.newListr([...tasks], { concurrent: true, rendererOptions: { collapseSubtasks: false } });
      },
    },
    {
      name: 'verify',
      title: 'Verify',
      task: async (_, task) => {
        const plan = known(found, 'plan');
        const restored = new Set(found.state?.there === true ? plan.guests.map(({ name }) => name) : []);
        const verification = await verifyLab(plan, { host, roots, signal, restored, booted: true });
        const passed = verification.probes.filter(({ status }) => status === 'passed').length;
        task.title = `Verify: ${passed} of ${verification.probes.length} probes passed`;
        found.verification = verification;
      },
    },
    {
      name: 'keep',
      title: 'Keep the state for the next time',
      task: async (_, task) => {
        const { state, verification } = found;
        if (state === undefined || state.there || verification?.ok !== true) task.skip();
        else if (await keepState(known(found, 'plan'), state, context))
          task.title = 'State kept for the next time';
      },
    },
  ];
}
