import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LabnetError } from '../../../src/errors.ts';
import { type IntendedSeed, intendedSeed, renderSeed, type SeedTexts } from '../../../src/seed/seed.ts';
import { seed } from '../../setup/seed.ts';
import { hostileTexts, hostileVm, seedInput } from './seed-input.ts';

/** Debian's own Python, whose yaml is the reader that cloud-init uses. Lone surrogates in its answer would show. */
const reader = `
import json, sys, yaml
texts = json.load(sys.stdin)
json.dump([yaml.safe_load(text.encode()) for text in texts], sys.stdout)
`;

function readAll(texts: readonly string[]): unknown {
  const output = execFileSync('/usr/bin/python3', ['-c', reader], {
    input: JSON.stringify(texts),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  return JSON.parse(output);
}

/** Seeds that labnet does not refuse. */
function seeds(): { intended: IntendedSeed; texts: SeedTexts }[] {
  const samples = fc.sample(hostileVm, { numRuns: 800, seed });
  const inputs = [
    ...samples,
    ...hostileTexts.map((text) => ({
      run: [text],
      packages: [text],
      files: [{ path: `/srv/${text}`, content: text, mode: text }],
      cloudConfig: { text, list: [text], map: { [text.slice(0, 100)]: text } },
    })),
  ].map((vm) => seedInput(vm));
  return inputs.flatMap((input) => {
    try {
      return [{ intended: intendedSeed(input), texts: renderSeed(input) }];
    } catch (error) {
      expect(error).toBeInstanceOf(LabnetError);
      return [];
    }
  });
}

it(`PyYAML reads every seed as it was meant (seed ${seed})`, { timeout: 120_000 }, () => {
  const rendered = seeds();
  expect(rendered.length).toBeGreaterThan(hostileTexts.length);
  const found = readAll(
    rendered.flatMap(({ texts }) => [texts.userData, texts.metaData, texts.networkConfig]),
  );
  expect(found).toEqual(
    rendered.flatMap(({ intended }) => [intended.userData, intended.metaData, intended.networkConfig]),
  );
});
