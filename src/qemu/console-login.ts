/** Answers the prompts of getty(8) and login(1) once; afterwards the console belongs to the person. */
export class ConsoleLogin {
  private seen = '';
  private state: 'name' | 'password' | 'done' = 'name';
  private readonly user: string;
  private readonly password: string | undefined;

  /** @param password undefined: the person types it */
  constructor(user: string, password: string | undefined) {
    this.user = user;
    this.password = password;
  }

  /** @returns the line to type at what has been seen so far, if it is a prompt. */
  answer(text: string): string | undefined {
    if (this.state === 'done') return undefined;
    this.seen = (this.seen + text).slice(-200);
    const { user, password } = this;
    if (this.state === 'name' && /login: ?$/.test(this.seen))
      return this.next(password === undefined ? 'done' : 'password', user);
    if (this.state === 'password' && password !== undefined && /[Pp]assword: ?$/.test(this.seen))
      return this.next('done', password);
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
