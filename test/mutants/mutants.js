/** Finds, in labnet's own source, each step that may not be left out: undo steps, journal writes and syncs. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The steps by which a lab or a template is kept whole, or not at all. */
const keeping = {
  'src/engine/save-lab.ts': /await host\.remove\(|await closeSaved\(|await Promise\.all\(machines/g,
  'src/engine/saved-lab.ts': /await host\.write\(/g,
  'src/qemu/template.ts':
    /await closeMemory\(|await host\.run\(\['(?:chown|fallocate|sync)|work\.remove\(|await host\.copy\(|await host\.qmp\(qmp, 'stop'|if \(pid !== undefined\) await end\(/g,
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
      ...calls(text, /await journal\.(?:intend|done|undone)\(/g),
      ...(file === 'src/engine/journal.ts' ? calls(text, /await write\(/g) : []),
      ...(file === 'src/host/files.ts'
        ? calls(text, /await (?:file|directory)\.sync\(|await syncDirectory\(/g)
        : []),
      ...calls(text, keeping[file] ?? /$^/g),
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

/** Ranges of whole statements that begin so, without their semicolons: one may be all that an `if` holds. */
function calls(text, pattern) {
  return [...text.matchAll(pattern)].map(({ index }) => [index, text.indexOf(';\n', index)]);
}
