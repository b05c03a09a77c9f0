/** What differs from host to host stands in a recorded file as a word between two @, and is put in by whoever uses it. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from '../../src/zod.ts';

/** By word: STATE, RUN, CACHE, BOOT, NODE, CLI, INTERNET_CODE, and "debian-11.qcow2" for the hash that an image's file is called by. */
export type Values = Readonly<Record<string, string>>;

const entry = z.looseObject({
  sha256: z.string(),
  direct: z
    .looseObject({
      kernel: z.looseObject({ sha256: z.string() }),
      initrd: z.looseObject({ sha256: z.string() }),
    })
    .optional(),
});

/** The hashes of the images of a store. */
export function imageValues(state: string, images: readonly string[]): Values {
  const found = images.map((name) => {
    const { sha256, direct } = entry.parse(
      JSON.parse(readFileSync(join(state, 'images', `${name}.json`), 'utf8')),
    );
    return {
      [`${name}.qcow2`]: sha256,
      ...(direct && { [`${name}.kernel`]: direct.kernel.sha256, [`${name}.initrd`]: direct.initrd.sha256 }),
    };
  });
  return Object.assign({}, ...found);
}

/** Where a labnet since 0.2 has the code of a sandbox's stand-in internet. */
export const internetCode = (cli: string) => join(dirname(cli), 'stand-in-internet.js');

/** Of the hosts on which labs are recorded, and of those on which they are stood up: names and numbers are derived from it. */
export const machineId = '6c61626e65740000000000000000cafe';

export function hide(text: string, values: Values): string {
  return Object.entries(values).reduce((rest, [word, value]) => rest.replaceAll(value, `@${word}@`), text);
}

export function fill(text: string, values: Values): string {
  return Object.entries(values).reduce((rest, [word, value]) => rest.replaceAll(`@${word}@`, value), text);
}
