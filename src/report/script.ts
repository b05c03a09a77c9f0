import { shellPreamble, toShell } from '../action/to-shell.ts';
import { type Plan, specsOf } from '../plan/plan.ts';
import { typeOf } from '../resource/index.ts';

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
    ...plan.stages.flatMap(({ title, specs }) => [
      '',
      `### ${title}`,
      ...specs.flatMap((spec) => {
        const type = typeOf(spec);
        return ['', `# ${spec.id}: ${type.why(spec)}`, ...type.create(spec).map(toShell)];
      }),
    ]),
    '',
  ].join('\n');
}

/** The way back: everything in reverse order, going on when something is gone already. */
export function undoScript(plan: Plan): string {
  return [
    '#!/usr/bin/env bash',
    `# What labnet does to remove the lab ${plan.lab}; what is gone already may be complained about, and is no harm.`,
    'set -u',
    ...[...specsOf(plan)]
      .reverse()
      .flatMap((spec) => ['', `# ${spec.id}`, ...typeOf(spec).remove(spec, {}).map(toShell)]),
    '',
  ].join('\n');
}
