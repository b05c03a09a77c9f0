/** The whole program with hostile words and surroundings: it says what is wrong, changes nothing and blames nobody else. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { formatPlan } from '../../../src/labs/plan-file.ts';
import { planOfSize } from '../../fakes/plans.ts';

const canary = 'Canary-9b31';
let base: string;

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'labnet-cli-'));
  chmodSync(base, 0o711);
  writeFileSync(join(base, 'file'), 'x');
  writeFileSync(join(base, 'raw'), new Uint8Array(1024));
  writeFileSync(join(base, 'password.yaml'), `vms: {vm1: {password: ${canary}, cpus: 0}}\n`);
  for (const [lab, journal, plan] of [
    ['torn', '{"event":"header","format":1,"lab":"torn"}\n{"event":"inte', '{"format":1,"lab"'],
    ['noise', '\0\0\0\n', '\0'],
    [
      'newer',
      '{"event":"header","format":9,"lab":"newer"}\n',
      JSON.stringify({ ...planOfSize(1, false), format: 9 }),
    ],
    [
      'strange',
      '{"event":"intent","id":"x","boot":"b","spec":{"id":"x"},"remembered":{},"removal":[]}\n',
      formatPlan(planOfSize(1, false)),
    ],
    [
      'deed',
      '{"event":"intent","id":"x","boot":"b","spec":{"kind":"tap","id":"x"},"remembered":{},"removal":[{"to":"format"}]}\n',
      'null',
    ],
  ] as const) {
    const directory = join(base, 'damaged', 'labs', lab);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'journal.jsonl'), journal);
    writeFileSync(join(directory, 'plan.json'), plan);
  }
  writeFileSync(join(base, 'damaged', 'labs', 'a foreign file'), '');
});

afterAll(() => rmSync(base, { recursive: true, force: true }));

async function labnet(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const roots = { LABNET_STATE: `${base}/state`, LABNET_RUN: `${base}/run`, LABNET_CACHE: `${base}/cache` };
  const { exitCode, stdout, stderr } = await execa('node', [inject('cli'), ...args], {
    env: { ...roots, ...env },
    cwd: base,
    reject: false,
    stdin: 'ignore',
  });
  return { status: exitCode, stdout, said: stdout + stderr };
}

/** What every bad input ends with. */
async function refused(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  says: RegExp,
  status = 2,
) {
  const ended = await labnet(args, env);
  expect(ended.said).toMatch(says);
  expect(ended.status).toBe(status);
  expect(ended.said).not.toMatch(/bug in labnet|node:internal|\n\s+at /);
  expect(ended.said).not.toMatch(/(?![\n\t])\p{Cc}/u);
  expect(ended.said).not.toContain(canary);
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  const { stdout } = await labnet([...args.slice(0, end), '--json', ...args.slice(end)], env);
  const json = JSON.parse(stdout) as { ok: boolean; error: { message: string } };
  expect(json.ok).toBe(false);
  expect(json.error.message).not.toContain(canary);
}

describe.concurrent('words', () => {
  test.each<[readonly string[], RegExp, number?]>([
    ...['0', '-1', '1e1', '', ' 2', '٣', '101', '2x', '0x2', '9'.repeat(400)].map(
      (vms): [readonly string[], RegExp] => [['plan', `--vms=${vms}`], /--vms|1 to 100/],
    ),
    ...['x', '-1', '', '1.5', 'Infinity'].map((wait): [readonly string[], RegExp] => [
      ['status', `--wait=${wait}`],
      /number of seconds/,
    ]),
    [['status', '../..'], /no lab \.\.\/\.\./],
    [['status', '\u001b[2J\u001b]0;x\u0007'], /no lab/],
    [['status', 'a\nb'], /no lab a\nb/],
    [['verify', '/etc/passwd'], /no lab/],
    [['ssh', '--', '-oProxyCommand=id'], /no VM -oProxyCommand/],
    [['ssh', '-oProxyCommand=id'], /unknown option/],
    [['ssh', 'vm1', '--lab', '../x'], /no lab/],
    [['ssh', '../vm1'], /no VM/],
    [['logs', '../../etc/shadow'], /no VM/],
    [['console', 'vm1', '--lab=..'], /no lab/],
    [['export', '..', '--out', 'x'], /no lab/],
    [['plan', 'no\nsuch\u001b[31m.yaml'], /there is no no\nsuch/],
    [['plan', '/'], /cannot be read: .*directory/],
    [['plan', 'password.yaml'], /password\.yaml:1:42: "cpus" is too small/],
    [['plan', '--vms', '1', '--facts', 'file'], /holds no host facts/],
    [['plan', '--vms', '1', '--facts', 'gone'], /no file gone/],
    [['explain', '\u0007'], /nothing is called/],
    [['init', '--template', '../../etc/passwd'], /no template/],
    [['schema', '__proto__'], /no object is documented/],
    [['image', 'info', '../x'], /cannot name an image/],
    [['image', 'remove', '../x'], /cannot name an image/],
    [['image', 'build', '../debian-11'], /no recipe|cannot|is not/],
    [['image', 'import', '/dev/zero', '--name', 'x'], /is a character device/],
    [['image', 'import', '/', '--name', 'x'], /is a directory/],
    [['image', 'import', 'gone\n', '--name', 'x'], /no such file/],
    [['image', 'import', 'raw', '--name', 'a\nb'], /cannot name an image/],
    [['image', 'import', 'raw', '--name', '-x'], /cannot name an image|argument missing/],
    [['image', 'import', 'raw', '--format', 'vmdk'], /no format vmdk/],
    [['image', 'pull', 'x', '--url', 'file:///etc/passwd'], /no http address/],
    [['image', 'pull', 'x', '--url', `http://user:${canary}@localhost/x.qcow2`], /must not hold a user name/],
    [['image', 'pull', 'x', '--url', `//user:${canary}@localhost/x.qcow2`], /no http address/],
    [
      ['image', 'pull', 'x', '--url', 'http://localhost:9/', '--sums', 'http://localhost:9/S'],
      /no http address/,
    ],
    [['image', 'pull', 'x', '--url', 'http://localhost:9/%ff'], /no http address/],
    [['image', 'pull', 'x', '--url', 'http://localhost:9/a%0ab'], /no http address/],
    [['image', 'pull', 'x', '--url', 'http://localhost:9/a\nb'], /no http address/],
    [['image', 'pull', 'x', '--url', `http://localhost:9/x?token=${canary}`], /cannot download/, 1],
    [
      ['image', 'pull', 'x', '--url', 'http://localhost:9/x', '--sums', `http://a:${canary}@localhost:9/S`],
      /must not hold/,
    ],
    [['image', 'build', 'debian-11', '--mirror', 'file:///x'], /no http address/],
    [['image', 'build', 'debian-11', '--mirror', `http://u:${canary}@localhost:9/debian`], /must not hold/],
  ])('%j', async (args, says, status) => {
    await refused(args, {}, says, status);
  });

  test('destroying what is no lab removes nothing', async () => {
    for (const name of ['..', '../state', 'a\nb', '.']) {
      const { status, said } = await labnet(['destroy', name, '--yes']);
      expect([status, said]).toEqual([0, expect.stringContaining('nothing to remove')]);
    }
    expect(readFileSync(join(base, 'file'), 'utf8')).toBe('x');
  });
});

describe.concurrent('surroundings', () => {
  test.each<[string, string, RegExp]>([
    ['SOURCE_DATE_EPOCH', 'garbage', /no number of seconds/],
    ['SOURCE_DATE_EPOCH', '-1', /no number of seconds/],
    ['SOURCE_DATE_EPOCH', '', /no number of seconds/],
    ['SOURCE_DATE_EPOCH', '1e9', /no number of seconds/],
    ['SOURCE_DATE_EPOCH', '99999999999', /from 0 to 4294967295/],
    ['SOURCE_DATE_EPOCH', '\u001b[2J', /no number of seconds/],
    ['SUDO_UID', 'root', /SUDO_UID is no uid/],
    ['SUDO_UID', '-1', /SUDO_UID is no uid/],
    ['SUDO_UID', '4294967295', /SUDO_UID is no uid/],
    ['SUDO_GID', 'wheel', /SUDO_GID is no gid/],
    ['LABNET_STATE', 'relative', /no absolute path/],
    ['LABNET_STATE', '/tmp/a b', /cannot stand/],
    ['LABNET_RUN', `/${'r'.repeat(120)}`, /unix socket has 107 at most/],
  ])('%s=%j', async (variable, value, says) => {
    await refused(['plan', '--vms', '1'], { [variable]: value }, says);
  });

  test.each([
    ['LABNET_STATE', 'file', 2, /is no directory/],
    ['LABNET_STATE', 'file/below', 2, /is no directory/],
    ['LABNET_RUN', 'file', 2, /is no directory/],
  ] as const)('%s is %s', async (variable, path, status, says) => {
    const args = ['provision', '--vms', '1', '--sandbox'];
    await refused(args, { [variable]: join(base, path) }, says, status);
  });

  test('a file system that cannot be written to', async () => {
    const state = join(base, 'read-only');
    mkdirSync(state);
    const mount = `mount -t tmpfs -o ro,mode=0711 tmpfs ${state} && exec node ${inject('cli')} provision --vms 1 --sandbox`;
    const env = { LABNET_STATE: `${state}/x`, LABNET_RUN: `${base}/run2`, LABNET_CACHE: `${base}/cache` };
    const { exitCode, stderr } = await execa('unshare', ['--mount', 'sh', '-c', mount], {
      env,
      reject: false,
    });
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/^labnet: EROFS: read-only file system/)]);
  });
});

describe('a damaged lab', () => {
  const env = () => ({ LABNET_STATE: join(base, 'damaged') });

  test.each([
    ['noise', /journal\.jsonl:1: this line of the journal cannot be read/],
    ['newer', /written by a newer labnet \(format 9\)/],
    ['strange', /journal\.jsonl:1: this line/],
    ['deed', /journal\.jsonl:1: this line/],
  ])('whose journal is %s: status and destroy say so, and touch nothing', async (lab, says) => {
    const directory = join(base, 'damaged', 'labs', lab);
    for (const command of ['status', 'destroy']) await refused([command, lab], env(), says, 1);
    expect(readdirSync(directory).sort()).toEqual(['journal.jsonl', 'plan.json']);
  });

  test.each(['torn', 'noise', 'newer', 'deed'])('whose plan is %s: what follows it says so', async (lab) => {
    await refused(['verify', lab], env(), /plan\.json is not as labnet wrote it/, 1);
    await refused(['ssh', 'vm1', '--lab', lab], env(), /plan\.json is not as labnet wrote it/, 1);
  });

  test('a file among the labs is none', async () => {
    await refused(['status'], env(), /several labs: deed, newer, noise, strange, torn\n/);
  });

  test('with the line that was being written cut short is undone as if it had not begun', async () => {
    expect((await labnet(['destroy', 'torn', '--yes'], env())).status).toBe(0);
    expect(readdirSync(join(base, 'damaged', 'labs'))).not.toContain('torn');
  });
});
