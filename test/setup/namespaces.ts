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

export function namespaces(): Namespaces {
  const directory = mkdtempSync(join(tmpdir(), 'netns-'));
  const made: string[] = [];
  const run = async (namespace: string, ...argv: string[]) =>
    (await execa('nsenter', [`--net=${namespace}`, '--', ...argv])).stdout;
  return {
    async make(name) {
      const path = join(directory, name);
      writeFileSync(path, '');
      await execa('unshare', [`--net=${path}`, '--', 'true']);
      made.push(path);
      await run(path, 'ip', 'link', 'set', 'dev', 'lo', 'up');
      return path;
    },
    run,
    async close() {
      for (const path of made) await execa('umount', [path]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
