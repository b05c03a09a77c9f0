import { shellPreamble, toShell } from '../action/to-shell.ts';
import { type Plan, specsOf, startsMachines } from '../plan/plan.ts';
import { type ResourceSpec, typeOf } from '../resource/index.ts';

/** The plan as a bash script that a student can read, and run by hand as root. */
export function planScript(plan: Plan): string {
  return [
    '#!/usr/bin/env bash',
    `# What labnet does to make the lab ${plan.lab}: run it as root, or read it and type it.`,
    '# The way back is `labnet plan --undo`.',
    ...plan.warnings.map((warning) => `# warning: ${warning}`),
    'set -euo pipefail',
    'umask 077',
    '',
    shellPreamble,
    ...plan.stages.flatMap((stage) => [
      ...(startsMachines(stage) ? canaryLines(plan) : []),
      '',
      `### ${stage.title}`,
      ...stage.specs.flatMap(making),
    ]),
    '',
  ].join('\n');
}

function making(spec: ResourceSpec): readonly string[] {
  const type = typeOf(spec);
  return ['', `# ${spec.id}: ${type.why(spec)}`, ...type.create(spec).map(toShell)];
}

/** The lines of the canary, which is made, tried and removed in one place. */
function canaryLines({ canary: { specs, namespace, tries } }: Plan): readonly string[] {
  return [
    '',
    '### Canary',
    ...specs.flatMap(making),
    '',
    '# Does it get there? Where it does not, labnet follows its packets (nft monitor trace) and names the rule.',
    ...tries.map(({ to, argv }) => toShell({ do: 'run', namespace, argv, mayFail: to !== 'host' })),
    '',
    '# All of it goes before the machines come.',
    ...[...specs].reverse().flatMap((spec) => typeOf(spec).remove(spec).map(toShell)),
  ];
}

/** The way back as a bash script: everything in reverse order, going on when something is gone already. */
export function undoScript(plan: Plan): string {
  return [
    '#!/usr/bin/env bash',
    `# What labnet does to remove the lab ${plan.lab}; what is gone already may be complained about, and is no harm.`,
    'set -u',
    ...[...specsOf(plan)]
      .reverse()
      .flatMap((spec) => ['', `# ${spec.id}`, ...typeOf(spec).remove(spec).map(toShell)]),
    '',
  ].join('\n');
}
