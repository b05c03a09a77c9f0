import { LabnetError } from '../errors.ts';

/** How a command ended when it did not end well: each asks for another remedy. */
export type CommandEnd =
  | { readonly how: 'exit'; readonly status: number }
  | { readonly how: 'signal'; readonly signal: string }
  | { readonly how: 'timeout'; readonly ms: number }
  /** The host would not start it. */
  | { readonly how: 'unstarted' }
  /** It said more than `most` characters. */
  | { readonly how: 'flood'; readonly most: number };

/** A command that did not do its work: the line to repeat it, how it ended, and what it said. */
export class CommandFailed extends LabnetError {
  readonly argv: readonly string[];
  readonly end: CommandEnd;
  readonly stderr: string;

  constructor(argv: readonly string[], line: string, end: CommandEnd, stderr: string) {
    const said = stderr.trim().split('\n').slice(-5).join('\n');
    super('failed', `${line}\n${describe(end)}${said === '' ? '' : `: ${said}`}`);
    this.argv = argv;
    this.end = end;
    this.stderr = stderr;
  }
}

function describe(end: CommandEnd): string {
  if (end.how === 'exit') return `ended with status ${end.status}`;
  if (end.how === 'signal') return `was ended by ${end.signal}`;
  if (end.how === 'unstarted') return 'could not be started';
  if (end.how === 'flood') return `said more than ${end.most} characters and was stopped`;
  return `did not end within ${end.ms / 1000} s and was stopped`;
}
