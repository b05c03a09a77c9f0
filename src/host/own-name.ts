import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { quoteCommand, quoteWord } from './shell-quote.ts';

/** Where sudo looks for programs, whatever the user's own PATH says: secure_path of Debian's /etc/sudoers. */
const sudoPath = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** Bytes: a larger file is no script that only starts another. */
const longestScript = 4096;

/** Where labnet was started from, and where sudo would look for it. */
export interface OwnPlace {
  /** The script that Node runs. */
  readonly script: string;
  readonly node: string;
  /** The working directory. */
  readonly here: string;
  /** Directories in which sudo looks. */
  readonly path?: readonly string[];
}

/**
 * What starts this very labnet, for root as well, as the shell reads it: `labnet` where sudo finds that, else the path
 * of the launcher beside the script; without one, Node with the script.
 */
export function ownName({ script, node, here, path = sudoPath }: OwnPlace): string {
  // The script is gone where labnet was removed while it ran.
  const file = existsSync(script) ? realpathSync(script) : script;
  const launcher = `${dirname(file)}/labnet`;
  const found = path.map((directory) => `${directory}/labnet`).find((name) => existsSync(name));
  if (found !== undefined && leadsTo(found, [file, launcher])) return 'labnet';
  if (!existsSync(launcher)) return quoteCommand([node, file]);
  const near = relative(here, launcher);
  // As it is typed in a clone; a longer way is told from the root.
  if (near === 'dist/labnet') return near;
  return quoteWord(launcher);
}

/**
 * Whether this is a link to one of the files, or a script that names one, as a package's launcher does; false for what
 * this user may not read.
 */
function leadsTo(name: string, files: readonly string[]): boolean {
  try {
    const end = realpathSync(name);
    if (files.includes(end)) return true;
    if (statSync(end).size > longestScript) return false;
    const words = readFileSync(end, 'utf8').split(/[\s"']+/);
    return files.some((file) => words.includes(file));
  } catch {
    return false;
  }
}

/** Whether a program is in one of the directories of a user's own PATH. */
export function isOnPath(program: string, path: string | undefined): boolean {
  return (path ?? '').split(':').some((directory) => existsSync(`${directory}/${program}`));
}
