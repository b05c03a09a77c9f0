import { beforeEach, describe, expect, test } from 'vitest';
import { cachePaths, listCache, pruneCache, touchKept } from '../../../src/kept/cache.ts';
import { closeSaved, fromSaved, givenPasswords, readSaved } from '../../../src/kept/saved-lab.ts';
import { labOfSize } from '../../../src/lab/validate.ts';
import { specsOf } from '../../../src/plan/plan.ts';
import { planLab } from '../../../src/plan/plan-lab.ts';
import { typeOf } from '../../../src/resource/index.ts';
import { facts, roots } from '../../fakes/facts.ts';
import { MemoryHost } from '../../fakes/memory-host.ts';
import { World } from '../../fakes/world.ts';

const plan = planLab({ lab: labOfSize(2, { sandbox: true }), facts, roots, date: 0 });

let host: MemoryHost;

beforeEach(() => {
  host = new MemoryHost(new World());
});

/** As long as a hash. */
const hashOf = (key: string) => key.repeat(64);

async function save(key: string, content = 'memory'): Promise<string> {
  const directory = cachePaths.state(roots, hashOf(key));
  await host.makeDirectory(directory, { mode: 0o700 });
  await host.write(`${directory}/vm1.memory`, content, { mode: 0o600 });
  await closeSaved(directory, { lab: 'lab', key }, host);
  return directory;
}

describe('what is saved counts only when it is whole', () => {
  test('it is', async () => {
    expect(await readSaved(await save('a'), host)).toMatchObject({
      lab: 'lab',
      key: 'a',
      files: { 'vm1.memory': 6 },
    });
  });

  test.each([
    [
      'a file is shorter',
      (directory: string) => host.write(`${directory}/vm1.memory`, 'mem', { mode: 0o600 }),
    ],
    ['a file is gone', (directory: string) => host.remove(`${directory}/vm1.memory`)],
    ['the note was never written', (directory: string) => host.remove(`${directory}/saved.json`)],
    [
      'the note is cut short',
      (directory: string) => host.write(`${directory}/saved.json`, '{"for', { mode: 0o600 }),
    ],
    [
      'a newer labnet wrote it',
      (directory: string) => host.write(`${directory}/saved.json`, '{"format":99}', { mode: 0o600 }),
    ],
  ])('%s: it is not', async (_, damage) => {
    const directory = await save('a');
    await damage(directory);
    expect(await readSaved(directory, host)).toBeUndefined();
    expect(await listCache(host, roots)).toEqual([]);
    // A look takes nothing away: what is not whole may be in the making.
    expect(await host.stat(directory)).toBeDefined();
    await pruneCache(1_000_000, host, roots);
    expect(await host.stat(directory)).toBeUndefined();
  });
});

test('the least recently used goes first, down to the limit', async () => {
  for (const key of ['a', 'b', 'c']) await save(key, 'x'.repeat(10));
  await host.write(cachePaths.used(cachePaths.state(roots, hashOf('b'))), '5', { mode: 0o600 });
  await host.write(cachePaths.used(cachePaths.state(roots, hashOf('c'))), '7', { mode: 0o600 });
  await touchKept(cachePaths.state(roots, hashOf('a')), host);
  expect((await pruneCache(20, host, roots)).map(({ key }) => key)).toEqual([hashOf('b')]);
  expect((await listCache(host, roots)).map(({ key }) => key)).toEqual(['a', 'c'].map(hashOf));
  expect((await pruneCache(0, host, roots)).map(({ key }) => key)).toEqual(['a', 'c'].map(hashOf));
});

test('what is about to be used stays, also beyond the limit', async () => {
  for (const key of ['a', 'b']) await save(key, 'x'.repeat(10));
  const inUse = [cachePaths.state(roots, hashOf('a'))];
  expect((await pruneCache(0, host, roots, inUse)).map(({ key }) => key)).toEqual([hashOf('b')]);
  expect((await listCache(host, roots)).map(({ key }) => key)).toEqual([hashOf('a')]);
});

test('what others keep there is neither listed nor removed', async () => {
  const theirs = `${cachePaths.kept(roots, 'template')}/theirs`;
  await host.makeDirectory(theirs, { mode: 0o700 });
  await pruneCache(0, host, roots);
  expect(await host.stat(theirs)).toBeDefined();
});

test('a plan from what is saved makes no key, password, seed or disk anew, and loads each VM', () => {
  const actions = specsOf(fromSaved(plan, '/saved')).flatMap((spec) => typeOf(spec).create(spec));
  const words = actions.flatMap((action) => (action.do === 'run' ? action.argv : []));
  expect(words).not.toContain('ssh-keygen');
  expect(words).not.toContain('xorriso');
  expect(words).not.toContain('create');
  expect(actions.filter((action) => action.do === 'make-secret')).toEqual([]);
  const spawned = actions.filter((action) => action.do === 'spawn' && action.input?.startsWith('/saved/'));
  expect(spawned).toMatchObject([{ input: '/saved/vm1.memory' }, { input: '/saved/vm2.memory' }]);
  expect(actions.filter((action) => action.do === 'load-state')).toHaveLength(2);
});

test('a lab whose file gives another password is another lab', async () => {
  const stages = plan.stages.map((stage) => ({
    ...stage,
    specs: stage.specs.map((spec) =>
      spec.kind === 'password' ? { ...spec, given: `${spec.id}.given` } : spec,
    ),
  }));
  const given = { ...plan, stages };
  await host.makeDirectory('/saved', { mode: 0o700 });
  for (const vm of ['vm1', 'vm2']) await host.write(`/saved/${vm}.password`, 'old', { mode: 0o600 });
  const secrets = (text: string) => new Map(['vm1', 'vm2'].map((vm) => [`password:${vm}.given`, text]));
  expect(await givenPasswords('/saved', given, secrets('old'), host)).toBe(true);
  expect(await givenPasswords('/saved', given, secrets('new'), host)).toBe(false);
  expect(await givenPasswords('/saved', plan, new Map(), host)).toBe(true);
});
