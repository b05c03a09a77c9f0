import { parse } from 'yaml';
import type { Vm } from '../../../src/lab/lab.ts';
import { renderSeed, type SeedTexts } from '../../../src/seed/seed.ts';
import type { SeedInput } from '../../../src/seed/seed-input.ts';
import { seedInput } from './seed-input.ts';

/** Reads the three files as YAML 1.1. */
export function readSeed({ userData, metaData, networkConfig }: SeedTexts) {
  const [user, meta, network] = [userData, metaData, networkConfig].map((text): unknown =>
    parse(text, { version: '1.1' }),
  );
  return { userData: user, metaData: meta, networkConfig: network };
}

/** What the user-data of a VM says. */
export function userDataOf(vm: Partial<Vm> = {}, changes: Partial<SeedInput> = {}): unknown {
  return readSeed(renderSeed(seedInput(vm, changes))).userData;
}
