/** A recorded lab, stood up on a stand-in host as the labnet that made it left it. */
import { createHash } from 'node:crypto';
import { cpSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { smallImage } from '../stand-in/install.ts';
import { type StandInPlace, standInPlace } from '../stand-in/place.ts';
import { journalOf, linesUpTo, partOf } from './journal-lines.ts';
import { fill, imageValues, internetCode, machineId, type Values } from './placeholders.ts';
import type { Recorded } from './recorded.ts';

export interface StoodUp extends StandInPlace {
  /** Path of the lab's journal. */
  readonly journal: string;
  /** Makes the lab; or what its journal tells up to this intent, which is then open. */
  standUp(openIntent?: string): Promise<void>;
  /** Puts what was kept of the lab into the cache. */
  keep(): Promise<void>;
}

/** A host on which this lab can be stood up, with what the host had before. */
export async function placeFor(one: Recorded): Promise<StoodUp> {
  const place = await standInPlace(inject('cli'), [], machineId);
  const { directory, state, run } = place;
  const [bin, cache] = [join(directory, 'stand-in'), join(directory, 'cache')];
  const internet = join(bin, 'internet.py');
  cpSync(fileURLToPath(new URL('internet.py', import.meta.url)), internet);
  // The place's own has no kernel, unlike the one that labnet builds.
  const kernel = one.read('plan.json').includes('@debian-11.kernel@');
  if (kernel) await smallImage(state, 'debian-11', { kernel });
  const known: Values = {
    STATE: state,
    RUN: run,
    CACHE: cache,
    NODE: process.execPath,
    CLI: inject('cli'),
    INTERNET_CODE: internetCode(inject('cli')),
    BIN: bin,
    INTERNET: internet,
    BOOT: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    ...imageValues(state, ['debian-11', 'debian-12']),
  };
  const key = createHash('sha256').update(fill(one.read('key.json'), known));
  const values = { ...known, KEY: key.digest('hex') };
  const textOf = (file: string) => fill(one.read(file), values);
  const shell = async (text: string) => {
    const script = join(directory, 'script');
    writeFileSync(script, text);
    await place.inHost('env', `PATH=${bin}:/usr/sbin:/usr/bin:/sbin:/bin`, 'bash', '-e', script);
  };
  const own = join(state, 'labs', one.lab);
  const journal = join(own, 'journal.jsonl');
  await shell(textOf('surroundings.sh'));
  return {
    ...place,
    journal,
    async standUp(openIntent) {
      const lines = linesUpTo(openIntent, textOf('journal.jsonl'));
      await shell(partOf(textOf('host.sh'), lines));
      for (const file of ['plan.json', 'before.json']) write(join(own, file), textOf(file));
      write(journal, await journalOf(lines, place));
    },
    async keep() {
      await shell(textOf('cache.sh'));
      for (const name of one.below('cache')) {
        const path = join(cache, fill(name, values));
        const text = textOf(join('cache', name));
        write(path, name.endsWith('saved.json') ? asLarge(text, dirname(path)) : text);
      }
    },
  };
}

const write = (path: string, text: string) => writeFileSync(path, text, { mode: 0o600 });

/** A note with the sizes that its files have here: another qemu-img makes disks of other sizes. */
function asLarge(text: string, directory: string): string {
  const note = JSON.parse(text) as { readonly files: Readonly<Record<string, number>> };
  const files = Object.keys(note.files).map((name) => [name, statSync(join(directory, name)).size]);
  return JSON.stringify({ ...note, files: Object.fromEntries(files) });
}
