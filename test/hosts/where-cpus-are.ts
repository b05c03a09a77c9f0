import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

/** Looks at the CPUs of a PC, and the milliseconds between two. */
const looks = 3;
const betweenMs = 1_000;

/** Milliseconds in which the monitor answers. */
const answerMs = 2_000;

/**
 * What QEMU's monitor says of the PC's CPUs, a few times: of each where it is. CPUs that are at one place each time, and are
 * not halted (HLT=1), stand still: then it is not labnet that waits.
 */
export async function whereCpusAre(monitor: string): Promise<string> {
  const said: string[] = [];
  for (let look = 0; look < looks; look += 1) {
    if (look > 0) await sleep(betweenMs);
    said.push(await ask(monitor).catch((error: Error) => error.message));
  }
  return said.join('\n--- a moment later\n');
}

async function ask(monitor: string): Promise<string> {
  const socket = connect(monitor);
  const answer = text(socket);
  socket.write('info registers -a\n');
  // It says nothing at its end, and stays for the next question.
  await sleep(answerMs);
  socket.end();
  return (await answer)
    .split('\n')
    .filter((line) => /^CPU#|^[ER]IP=|^CR0=/.test(line))
    .join('\n');
}
