/** What is found out about a host before a lab is made on it. */
import { LabnetError } from '../errors.ts';

/** One thing that was found, with what to do about it. */
export interface Finding {
  /** The name of the check that has found it; the same for all findings of its kind. */
  readonly id: string;
  /** `problem`: a lab cannot be made, or would not work; `warning`: it may not. */
  readonly level: 'good' | 'warning' | 'problem';
  readonly message: string;
  /** Lines to type or to read; none where nothing is to be done, or nothing is known to help. */
  readonly remedy: readonly string[];
}

/**
 * Ends a run for all problems at once; each remedy is said once.
 *
 * @param lead a line before their messages
 * @throws LabnetError host-cannot, if there is any problem
 */
export function refuse(findings: readonly Finding[], lead?: string): void {
  const problems = findings.filter(({ level }) => level === 'problem');
  if (problems.length === 0) return;
  const messages = problems.map(({ message }) => message);
  const remedies = new Set(problems.flatMap(({ remedy }) => remedy));
  throw new LabnetError('host-cannot', (lead === undefined ? messages : [lead, ...messages]).join('\n'), {
    hint: remedies.size === 0 ? undefined : [...remedies].join('\n'),
  });
}

/** The warnings among the findings as they are told: the message, and the remedy below it. */
export function warningsIn(findings: readonly Finding[]): readonly string[] {
  return findings
    .filter(({ level }) => level === 'warning')
    .map(({ message, remedy }) => [message, ...remedy.map((line) => `  ${line}`)].join('\n'));
}
