/** Finds, in labnet's own source, each step that may not be left out: undo steps, journal writes and syncs. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The entries of the journal, and the syncs. */
const everywhere = /await (?:journal\.(?:intend|done|undone)\(|\w+\.sync\(|host\.run\(\['sync')/g;

/**
 * The steps of undoing that are not the elements of a list, the other writes that undoing goes by, and the steps by
 * which a lab, a template or an image is kept whole, or not at all.
 */
const steps = {
  'src/action/perform.ts': /(?<=return )(?:host\.remove\w*|releaseSettings)\(|await stopProcess\(/g,
  'src/action/settings.ts': /(?:await|(?<=return)) (?:host\.(?:write|remove)|putBack|writeSetting)\(/g,
  'src/action/stop-process.ts': /if \([^\n]*await ask\(|await (?:signalIfStill|host\.kill)\(/g,
  'src/commands/destroy.ts': /await removeEmptyParents\(/g,
  'src/runs/destroy-lab.ts': /await (?:runTasks|host\.remove)\(/g,
  'src/commands/provision.ts': /(?<=const undone = )await undoRun\(/g,
  'src/runs/undo-run.ts': /await runTasks\(/g,
  'src/engine/apply.ts': /await removeHalf\(/g,
  'src/kept/bring-back.ts': /await unmake\(/g,
  'src/kept/cache.ts': /await host\.remove\(/g,
  'src/canary/canary.ts': /await (?:comeDown|undoOne)\(/g,
  'src/engine/destroy.ts': /await perform\(/g,
  'src/engine/journal.ts': /await (?:write|cutTornLine|host\.(?:append|write))\(/g,
  'src/labs/lab-store.ts': /await (?:host\.(?:write|remove\w*)|removeEmptyParents)\(/g,
  'src/engine/remake.ts': /(?<=const undone = )await undoOne\(/g,
  'src/kept/save-lab.ts':
    /await (?:host\.remove|closeSaved|move|bringEarlierBack)\(|await Promise\.all\(machines\.map\(\(/g,
  'src/kept/saved-lab.ts': /await host\.write\(/g,
  'src/labs/snapshot.ts': /await host\.write\(/g,
  'src/host/files.ts': /await (?:syncDirectory|rm)\(/g,
  'src/image/staging.ts': /await (?:removeTree|rescueDownloads|sweepStore)\(/g,
  'src/image/store-content.ts': /await host\.(?:write|remove)\(/g,
  'src/image/store-sweep.ts': /await (?:removeUnnamed|host\.remove)\(/g,
  'src/image/store.ts': /await (?:removeUnnamed|host\.(?:write|remove))\(/g,
  'src/kept/template.ts':
    /await closeMemory\(|await host\.run\(\['(?:chown|fallocate)|work\.remove\(|await host\.copy\(|await host\.qmp\(qmp, 'stop'|if \(pid !== undefined\) await end\(/g,
};

/**
 * @typedef {{ file: string, line: number, what: string, text: string }} Mutant
 *   `text` is the whole file without the step
 */

/** @returns {Mutant[]} */
export function findMutants(root) {
  const read = (file) => readFileSync(join(root, file), 'utf8');
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join('src', name))
    .sort();
  return sources.flatMap((file) => {
    const text = read(file);
    const cuts = [
      ...(file.startsWith('src/resource/') ? undoSteps(text) : []),
      ...calls(text, everywhere),
      ...calls(text, steps[file] ?? /$^/g),
    ];
    return cuts.map(([from, to, instead = '']) => ({
      file,
      line: text.slice(0, from).split('\n').length,
      what: text.slice(from, to).replace(/\s+/g, ' ').slice(0, 100),
      text: text.slice(0, from) + instead + text.slice(to),
    }));
  });
}

/** The elements of the list that `remove`, or a function of such a name, gives. */
function undoSteps(text) {
  const heads = [...text.matchAll(/\bremove: [^\n]*=> \[|function remove\w*\([\s\S]*?\breturn \[/g)];
  const lists = heads.flatMap((head) => elements(text, head.index + head[0].length));
  // A list that is computed goes as a whole.
  const computed = [...text.matchAll(/(?<=\bremove: \([^\n]*\) => )[^[{\n][^\n]*(?=,\n)/g)];
  return [...lists, ...computed.map(({ 0: found, index }) => [index, index + found.length, '[]'])];
}

/** Ranges of a list's elements, each with its comma, from just behind its bracket. */
function elements(text, start) {
  const found = [];
  let from = start;
  for (let at = start, depth = 0; depth >= 0; at += 1) {
    const character = text[at];
    if ('([{'.includes(character)) depth += 1;
    if (')]}'.includes(character)) depth -= 1;
    if (depth < 0 || (depth === 0 && character === ',')) {
      const to = depth < 0 ? at : at + 1;
      if (text.slice(from, to).trim() !== '') found.push([from, to]);
      from = to;
    }
  }
  return found;
}

/**
 * Ranges of whole statements that begin so, without their semicolons: one may be all that an `if` holds. What is asked
 * for its result gives an object that says nothing.
 */
function calls(text, pattern) {
  return [...text.matchAll(pattern)].map(({ index }) => [
    index,
    text.indexOf(';\n', index),
    text.slice(0, index).endsWith('= ') ? '{}' : '',
  ]);
}
