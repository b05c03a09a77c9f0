#!/usr/bin/env node
/**
 * The file that Node reads first. A Node that is too old for labnet must be able to read it, so that it is told in a sentence
 * and not by a SyntaxError: it imports nothing, and the rest comes when that Node is known to do.
 */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major > 18 || (major === 18 && minor >= 19)) void import('./cli/main.ts');
else {
  const message = `labnet needs Node 18.19 or newer; this is ${process.version} (${process.execPath})`;
  const hint =
    'apt-get install nodejs installs one on Debian 12, Debian 13 and Ubuntu 24.04; elsewhere nvm install 20 does';
  if (process.argv.includes('--json')) {
    const error = { code: 'missing-program', message, hint };
    process.stdout.write(`${JSON.stringify({ ok: false, error }, null, 2)}\n`);
  } else process.stderr.write(`${message}\n  ${hint}\n`);
  // As errors.ts has it for a program that is missing.
  process.exitCode = 69;
}
