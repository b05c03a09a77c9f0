/**
 * labnet that stays and runs one command after another, each told by a message and answered with its status and what
 * it said. What a process carries from one run to the next is not labnet's to rely on: a run that goes wrong for that
 * reason is a failure.
 */
const { join } = require('node:path');

const [, , cli] = process.argv;
// As if it had been typed: labnet starts helpers of its own by this path.
process.argv = [process.argv[0], cli, 'provision'];
process.umask(0o077);
const { run } = require(join(__dirname, 'labnet.cjs'));

let said = '';
for (const stream of [process.stdout, process.stderr])
  stream.write = (text) => {
    said += text;
    return true;
  };

process.on('message', async (args) => {
  said = '';
  const status = await run([...process.argv.slice(0, 2), ...args], new AbortController().signal);
  process.send({ status, said });
});
