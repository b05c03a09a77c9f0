/**
 * Answers the prompts of getty(8) and login(1) once; afterwards the console belongs to the person.
 *
 * Root in the guest can print such prompts too, and nothing on a serial line tells them from real ones. So what is
 * typed here must be of no use elsewhere: see `typable` in commands/console.ts. Besides, it is typed only where a getty
 * of this host's name asks first, and only as the answer to what comes right after the name.
 */
export class ConsoleLogin {
  private seen = '';
  private state: 'name' | 'password' | 'done' = 'name';
  private readonly prompt: string;
  private readonly user: string;
  private readonly password: string | undefined;

  /** @param password undefined: the person types it */
  constructor(hostname: string, user: string, password: string | undefined) {
    this.prompt = `${hostname} login:`;
    this.user = user;
    this.password = password;
  }

  /** Takes in more text of the console. @returns the line to type at what has been seen so far, if it is a prompt. */
  answer(text: string): string | undefined {
    if (this.state === 'done') return undefined;
    this.seen = (this.seen + text).slice(-200);
    const { user, password } = this;
    const lines = this.seen.split(/[\r\n]+/);
    const last = lines.at(-1) ?? '';
    if (this.state === 'name') {
      if (last.trimEnd() === this.prompt)
        return this.next(password === undefined ? 'done' : 'password', user);
      // A shell is there already: somebody logged in before.
      if (/[$#] $/.test(last)) this.state = 'done';
      return undefined;
    }
    // What comes first is the name's echo; after any other line it is no login any more.
    const other = lines.slice(0, -1).some((line) => line.trim() !== '' && line.trim() !== user);
    if (other) this.state = 'done';
    else if (/^[Pp]assword: ?$/.test(last) && password !== undefined) return this.next('done', password);
    return undefined;
  }

  private next(state: 'password' | 'done', answer: string): string {
    this.state = state;
    this.seen = '';
    return answer;
  }
}
