/**
 * labnet's commands in one file, with the bytecode that V8 has kept of the recorded runs: a third of a short run is
 * reading and compiling. Each run is a process of its own all the same. Bytecode that does not fit is left aside by V8.
 */
const { randomUUID } = require('node:crypto');
const { readFileSync, renameSync, writeFileSync } = require('node:fs');
const { wrap } = require('node:module');
const { Script } = require('node:vm');

const filename = `${__dirname}/commands.cjs`;
// What provision needs is three times what destroy does.
const kept = `${__dirname}/bytecode.${process.argv[2]}`;

let cachedData;
try {
  cachedData = readFileSync(kept);
} catch {
  // The first run.
}
// esbuild writes nothing but ASCII, which is quicker to read as such.
const source = readFileSync(filename, 'latin1');
const script = new Script(wrap(source), { filename, cachedData });
if (JSON.parse(process.env.LABNET_FAULTS ?? '{}').record !== undefined) {
  process.on('exit', () => {
    // Several runs are recorded at once, in process namespaces of their own.
    const mine = `${kept}.${randomUUID()}`;
    writeFileSync(mine, script.createCachedData());
    renameSync(mine, kept);
  });
}
script.runInThisContext()(exports, require, module, filename, __dirname);
