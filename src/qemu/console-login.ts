/** Answers the prompts of getty(8) and login(1) once; afterwards the console belongs to the person. */
export class ConsoleLogin {
  private seen = '';
  private state: 'name' | 'password' | 'done' = 'name';
  private readonly user: string;
  private readonly password: string;

  constructor(user: string, password: string) {
    this.user = user;
    this.password = password;
  }

  /** @returns the line to type at what has been seen so far, if it is a prompt. */
  answer(text: string): string | undefined {
    if (this.state === 'done') return undefined;
    this.seen = (this.seen + text).slice(-200);
    if (this.state === 'name' && /login: ?$/.test(this.seen)) return this.next('password', this.user);
    if (this.state === 'password' && /[Pp]assword: ?$/.test(this.seen))
      return this.next('done', this.password);
    // A shell is there already: somebody logged in before.
    if (this.state === 'name' && /[$#] $/.test(this.seen)) this.state = 'done';
    return undefined;
  }

  private next(state: 'password' | 'done', answer: string): string {
    this.state = state;
    this.seen = '';
    return answer;
  }
}
