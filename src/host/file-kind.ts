import type { Stats } from 'node:fs';
import type { FileFacts } from './host.ts';

/** What kind of file lstat(2) has found. */
export function fileKind(facts: Stats): FileFacts['kind'] {
  if (facts.isFile()) return 'file';
  if (facts.isDirectory()) return 'directory';
  if (facts.isSocket()) return 'socket';
  if (facts.isFIFO()) return 'pipe';
  if (facts.isSymbolicLink()) return 'link';
  return facts.isBlockDevice() ? 'block device' : 'character device';
}
