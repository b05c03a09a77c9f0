/** A question to whoever listens at a unix socket, and all that is said until the answer is whole. */
import { createConnection } from 'node:net';
import { LabnetError } from '../errors.ts';

/** How long an exchange may take and how much may be said in it. */
export interface ExchangeOptions {
  /** Milliseconds until the other end must have said anything. */
  readonly first: number;
  /** Milliseconds until the answer must be whole. */
  readonly timeout: number;
  /** The most characters that may be said. */
  readonly most: number;
  /** What the whole answer ends with. */
  readonly end: RegExp;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Says a text at a socket and listens until what came ends as told.
 *
 * @returns all that was said
 * @throws LabnetError failed when nobody listens, or the answer does not come, is cut off or too long; interrupted
 */
export function exchange(
  path: string,
  text: string,
  { first, timeout, most, end, signal }: ExchangeOptions,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const socket = createConnection(path, () => socket.write(text));
    const over = (error?: LabnetError) => {
      clearTimeout(early);
      clearTimeout(late);
      signal?.removeEventListener('abort', interrupted);
      socket.removeAllListeners().on('error', () => {});
      socket.destroy();
      if (error === undefined) resolve(said);
      else reject(error);
    };
    const failed = (why: string) => over(new LabnetError('failed', `${path}: ${why}`));
    const interrupted = () => over(new LabnetError('interrupted', 'interrupted'));
    const early = setTimeout(() => failed(`nobody answered within ${first / 1000} s`), first);
    const late = setTimeout(() => failed(`no whole answer within ${timeout / 1000} s`), timeout);
    signal?.addEventListener('abort', interrupted, { once: true });
    if (signal?.aborted === true) interrupted();
    socket.setEncoding('utf8').on('data', (part: string) => {
      clearTimeout(early);
      said += part;
      if (said.length > most) failed(`the answer is longer than ${most} characters`);
      else if (end.test(said.slice(-endLength))) over();
    });
    socket.on('error', ({ message }) => failed(message));
    socket.on('close', () => failed('the other end was closed'));
  });
}

/** The characters at an answer's end among which its end is looked for. */
const endLength = 200;
