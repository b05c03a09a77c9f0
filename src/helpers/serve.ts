/**
 * The program of a sandbox's stand-in internet, one file in the bundle: it comes to Node as standard input, since the
 * user it runs as may not read where labnet lies. Its words: "stand-in-internet", address, name, ready file; the last
 * word tells whose it is.
 */
import { exitStatus, messageOf } from '../errors.ts';
import { standInInternet } from './stand-in-internet.ts';

const [, , , address = '', name = '', ready = ''] = process.argv;
const over = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => over.abort());
process.umask(0o077);
try {
  await standInInternet({ address, name, ready }, over.signal);
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  // A server of it that listens already would keep the process alive.
  process.exit(exitStatus.failed);
}
