import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

/** Network namespaces that a test makes, and that go when it ends. */
export interface Namespaces {
  /** Makes one; returns the path of its file. */
  make(name: string): Promise<string>;
  /** Runs a command in one. */
  run(namespace: string, ...argv: string[]): Promise<string>;
  close(): Promise<void>;
}

/** @param enter the words that enter the cage that they are to be in; none where the caller's own place is meant */
export function namespaces(enter: readonly string[] = []): Namespaces {
  const directory = mkdtempSync(join(tmpdir(), 'netns-'));
  const made: string[] = [];
  const there = async (...argv: string[]) => {
    const [program = '', ...args] = [...enter, ...argv];
    return (await execa(program, args)).stdout;
  };
  const run = (namespace: string, ...argv: string[]) => there('nsenter', `--net=${namespace}`, '--', ...argv);
  return {
    async make(name) {
      const path = join(directory, name);
      writeFileSync(path, '');
      await there('unshare', `--net=${path}`, '--', 'true');
      made.push(path);
      await run(path, 'ip', 'link', 'set', 'dev', 'lo', 'up');
      return path;
    },
    run,
    async close() {
      for (const path of made) await there('umount', path);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
