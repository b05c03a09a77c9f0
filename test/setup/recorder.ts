import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One start of a program: what /proc said of it just before it became the program itself. */
export interface Start {
  readonly program: string;
  readonly argv: readonly string[];
  readonly environment: string;
  /** /proc/PID/status, by key. */
  readonly rights: Readonly<Record<string, string>>;
}

/**
 * A directory for LABNET_PATH that holds a stand-in for each program: it writes down how it was started, and then
 * becomes the real one.
 */
export function recorder(directory: string, programs: readonly string[]) {
  const path = join(directory, 'path');
  // Within: a view of the host shows the directories of LABNET_PATH and no other.
  const notes = join(path, 'starts');
  mkdirSync(path);
  mkdirSync(notes);
  // Programs without any right write here as well.
  chmodSync(path, 0o755);
  chmodSync(notes, 0o1733);
  for (const program of programs) {
    const real = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'].find((place) =>
      existsSync(`${place}/${program}`),
    );
    writeFileSync(join(path, program), standIn(program, `${real}/${program}`, notes));
    chmodSync(join(path, program), 0o755);
  }
  return {
    path: `${path}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    starts: () => read(notes),
    remove() {
      rmSync(path, { recursive: true });
    },
  };
}

function standIn(program: string, real: string, notes: string): string {
  return `#!/bin/sh
umask 000
note=$(mktemp ${notes}/${program}.XXXXXXXXXX)
{ cat /proc/$$/status; printf '\\n--environment\\n'; tr '\\0' '\\n' < /proc/$$/environ
  printf '\\n--argv\\n'; printf '%s\\0' "$@"; } > "$note"
exec ${real} "$@"
`;
}

function read(notes: string): readonly Start[] {
  return readdirSync(notes).map((name) => {
    const [status = '', rest = ''] = readFileSync(join(notes, name), 'utf8').split('\n--environment\n');
    const [environment = '', argv = ''] = rest.split('\n--argv\n');
    const rights = Object.fromEntries(
      status
        .split('\n')
        .map((line) => line.split(/:\s+/))
        .map(([key = '', value = '']) => [key, value]),
    );
    return {
      program: name.slice(0, name.lastIndexOf('.')),
      argv: argv.split('\0').slice(0, -1),
      environment,
      rights,
    };
  });
}
