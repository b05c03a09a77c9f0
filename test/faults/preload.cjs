/**
 * Loaded before labnet by `node --require`: labnet itself holds no test code. Every command that it starts and every
 * change that it makes to a file is an operation with a name: what it does, paths of this place left out, and how
 * often that has been done before. LABNET_FAULTS names one and what is to go wrong there.
 *
 * Operations run side by side, so their order differs from run to run; their names do not.
 */
const childProcess = require('node:child_process');
const { appendFileSync, constants, writeFileSync } = require('node:fs');
const files = require('node:fs/promises');
const { Socket } = require('node:net');
const timers = require('node:timers/promises');

/** @type {{ place: string, record?: string, met?: string, at?: { op: string, mode: string, world: string[] } }} */
const { place, record, met, at } = JSON.parse(process.env.LABNET_FAULTS ?? '{"place":"/"}');
const real = { ...childProcess, ...files, setTimeout: timers.setTimeout };
const seen = new Map();

/** The name of this occurrence; noted when a run is being recorded. */
function occurrence(text) {
  const name = text.replaceAll(place, '').replace(varying, '*');
  const count = (seen.get(name) ?? 0) + 1;
  seen.set(name, count);
  const op = `${count} ${name}`;
  if (record !== undefined) appendFileSync(record, `${op}\n`);
  return op;
}

/** What is another in every run or place: pids, random names, a state's key. */
const varying =
  /(?<=\/proc\/)\d+|(?<=--namespace )\d+|(?<=tmp_-)[-\w]+|(?<=\.)[0-9a-f]{8}(?=\.new)|(?<=build-)[-\w]+|(?<=\/(?:states|templates)\/)[0-9a-f]{64}/g;

/** Where the command itself begins, after setpriv and nsenter, which only carry it. */
function commandAt(argv) {
  let at = 0;
  while (argv[at] === 'setpriv' || argv[at] === 'nsenter') {
    at += 1;
    while (argv[at]?.startsWith('-')) {
      const word = argv[at];
      at += ['--pdeathsig', '--reuid', '--regid', '--groups'].includes(word) ? 2 : 1;
      if (word === '--') break;
    }
  }
  return at;
}

/** The command with the namespaces it runs in. */
function commandName(argv) {
  const at = commandAt(argv);
  const carriers = argv.slice(0, at).filter((word) => /^--(net|mount)/.test(word));
  const words = [...carriers, ...argv.slice(at)].join(' ').replaceAll('\n', ' ').replaceAll(place, '');
  const known = words.replace(process.execPath, 'node').replace(process.argv[1] ?? '', 'labnet');
  return known.replace(varying, '*').slice(0, 150);
}

const end = () => process.kill(process.pid, 'SIGKILL');
const signals = { sigint: ['SIGINT'], sigterm: ['SIGTERM'], sighup: ['SIGHUP'], twice: ['SIGINT', 'SIGINT'] };

/** What the terminal is told to do. */
const typing = { 'ctrl-c': ['SIGUSR1'], 'ctrl-c-twice': ['SIGUSR1', 'SIGUSR1'], 'ctrl-c-held': ['SIGUSR2'] };

/** Things that happen to labnet or its host just before the operation. */
function happenBefore(mode) {
  writeFileSync(met, '');
  if (mode === 'kill-before') end();
  for (const signal of signals[mode] ?? []) process.kill(process.pid, signal);
  // The pseudo-terminal is the parent: it types for us, and the kernel sends the signal to the whole group.
  for (const order of typing[mode] ?? []) {
    process.kill(process.ppid, order);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60);
  }
  if (mode === 'meddle') childProcess.spawnSync(at.world[0], at.world.slice(1), { stdio: 'ignore' });
}

/** In place of the command, or around it. */
const instead = {
  fail: () => ['sh', ['-c', 'echo "a fault of the test" >&2; exit 1']],
  'fail-after': (argv) => ['sh', ['-c', '"$@"; echo "a fault of the test" >&2; exit 1', 'sh', ...argv]],
  nothing: () => ['true', []],
  hang: () => ['sleep', ['1000']],
  missing: (argv) => {
    // The carriers stay: it is the command itself that is not installed.
    const missing = argv.with(commandAt(argv), 'labnet-test-no-such-program');
    return [missing[0], missing.slice(1)];
  },
};

childProcess.spawn = (program, args, options) => {
  const op = occurrence(commandName([program, ...args]));
  if (op !== at?.op) return real.spawn(program, impatient(args), options);
  const { mode } = at;
  happenBefore(mode);
  const replaced = instead[mode]?.([program, ...args]);
  if (mode === 'hang') shortenTimeLimits();
  const child = real.spawn(...(replaced ?? [program, args]), options);
  if (mode === 'kill-during') {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    end();
  }
  if (mode === 'kill-after') {
    // A holder does not end: it has done its work when it echoes.
    child.once('exit', end);
    child.stdout?.once('data', () => args.at(-1) === 'cat' && end());
    if (options.stdio?.[1] !== 'pipe' && child.stdout === null) setTimeout(end, 100);
  }
  return child;
};

/** Nobody waits a minute in a test: from the hanging command on, all limits are a fraction. */
function shortenTimeLimits(fraction = 1 / 40) {
  const short = (ms) => (ms >= 2_000 ? ms * fraction : ms);
  const { setTimeout, AbortSignal } = globalThis;
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  globalThis.setTimeout = (callback, ms, ...args) => setTimeout(callback, short(ms), ...args);
  AbortSignal.timeout = (ms) => timeout(short(ms));
  timers.setTimeout = (ms, ...args) => real.setTimeout(short(ms), ...args);
}

/** Which QEMU a connection leads to. */
const { connect, write } = Socket.prototype;
Socket.prototype.connect = function (...args) {
  const [to] = args.flat();
  this.labnetTestPath = to?.path ?? to;
  return connect.apply(this, args);
};

/** The last that each QEMU was told. */
const told = new Map();

/** What QEMU is told to do, and after what; its questions are as many as the machine is slow. */
Socket.prototype.write = function (data, ...rest) {
  const [, command] = /^\{"execute":"(?!query|qmp_)([\w-]+)"/.exec(data) ?? [];
  const path = this.labnetTestPath;
  const op =
    command && occurrence(`qmp ${command} ${path}${told.has(path) ? ` after ${told.get(path)}` : ''}`);
  if (command !== undefined) told.set(path, command);
  if (op === undefined || op !== at?.op) return write.call(this, data, ...rest);
  const { mode } = at;
  happenBefore(mode);
  if (mode === 'hang') return true;
  if (mode === 'kill-after') setTimeout(end, 20);
  return write.call(this, inPlace[mode] ?? data, ...rest);
};

// By the time that it is told, how long labnet waits for the answer has been settled.
if (at?.mode === 'hang' && / qmp /.test(at.op)) shortenTimeLimits(1 / 10);

/** In place of the command: one that QEMU refuses, and one that changes nothing. */
const inPlace = { fail: '{"execute":"labnet-test"}\n', nothing: '{"execute":"qmp_capabilities"}\n' };

/** What has not answered to ping within two seconds here never will. */
const impatient = (args) =>
  args.map((word, index) => (args[index - 1] === '-w' && word === '10' ? '2' : word));

const errors = {
  enospc: () => Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC', errno: -28 }),
  eio: () => Object.assign(new Error('EIO: i/o error'), { code: 'EIO', errno: -5 }),
};

/** A change to a file, with what can go wrong at it. */
async function change(text, work, torn) {
  const op = occurrence(text);
  if (op !== at?.op) return work();
  const { mode } = at;
  happenBefore(mode);
  if (mode === 'torn') {
    await torn();
    end();
  }
  if (mode === 'torn-enospc') {
    await torn();
    throw errors.enospc();
  }
  if (mode in errors) throw errors[mode]();
  const result = await work();
  if (mode === 'kill-after') end();
  return result;
}

for (const name of ['mkdir', 'chmod', 'chown', 'rename', 'rm', 'rmdir', 'writeFile']) {
  files[name] = (path, ...rest) => {
    const to = name === 'rename' ? ` ${rest[0]}` : '';
    return change(
      `${name} ${path}${to}`,
      () => real[name](path, ...rest),
      () => real[name](path, ...rest),
    );
  };
}

files.open = async (path, flags, ...rest) => {
  // The journal's lines are named by what they say, and opening it is no change yet. The last are of what a user names.
  const looks = [undefined, 'r', 'a', constants.O_RDONLY | constants.O_NONBLOCK];
  const isLook = looks.includes(flags);
  const handle = isLook
    ? await real.open(path, flags, ...rest)
    : await change(
        `open ${path}`,
        () => real.open(path, flags, ...rest),
        () => {},
      );
  let line = '';
  for (const method of ['writeFile', 'chmod', 'chown', 'sync']) {
    const work = handle[method].bind(handle);
    handle[method] = (...args) => {
      if (method === 'writeFile' && flags === 'a') line = lineOf(args[0]);
      const half = () => work(String(args[0]).slice(0, Math.ceil(String(args[0]).length / 2)));
      return change(`${method} ${path}${line}`, () => work(...args), half);
    };
  }
  return handle;
};

/** Event and resource of the last line that is appended to a journal. */
function lineOf(text) {
  const last = String(text).trimEnd().split('\n').at(-1) ?? '';
  const { event = '', id = '' } = last.startsWith('{') ? JSON.parse(last) : {};
  return ` ${event} ${id}`;
}
