import {
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { copy } from '../../../src/host/copy-file.ts';
import { receive } from '../../../src/host/receive-file.ts';

let directory: string;
const at = (name: string) => join(directory, name);

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'labnet-files-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

describe('copying', () => {
  test('gives the mode and replaces what was there', async () => {
    writeFileSync(at('a'), 'new');
    writeFileSync(at('b'), 'old text', { mode: 0o644 });
    await copy(at('a'), at('b'), { mode: 0o600, ownedBy: process.getuid?.() });
    expect(readFileSync(at('b'), 'utf8')).toBe('new');
    expect(statSync(at('b')).mode & 0o777).toBe(0o600);
  });

  test('never reads through a link, nor a file with a second name, nor another one’s', async () => {
    writeFileSync(at('secret'), 'secret');
    symlinkSync(at('secret'), at('link'));
    await expect(copy(at('link'), at('b'), { mode: 0o600 })).rejects.toThrow('is no plain file');
    await expect(copy(at('secret'), at('b'), { mode: 0o600, ownedBy: 12_345 })).rejects.toThrow(
      'is not the file',
    );
    linkSync(at('secret'), at('second'));
    await expect(copy(at('second'), at('b'), { mode: 0o600 })).rejects.toThrow('is not the file');
  });

  test('never writes through a link', async () => {
    writeFileSync(at('a'), 'new');
    writeFileSync(at('victim'), 'untouched');
    symlinkSync(at('victim'), at('b'));
    await copy(at('a'), at('b'), { mode: 0o600 });
    expect(readFileSync(at('victim'), 'utf8')).toBe('untouched');
    expect(readFileSync(at('b'), 'utf8')).toBe('new');
  });
});

describe('receiving', () => {
  const uid = process.getuid?.() ?? 0;
  const send = (content: string) =>
    new Promise<void>((resolve) => {
      const sender = createConnection(at('s'));
      sender.on('error', () => {});
      sender.on('close', () => resolve());
      sender.end(content);
    });

  test('what is sent is in the file, and the socket goes', async () => {
    const receiving = await receive(at('s'), { uid, file: at('f'), limit: 100 });
    await send('the state');
    await receiving.done;
    await receiving.close();
    expect(readFileSync(at('f'), 'utf8')).toBe('the state');
    expect(statSync(at('f')).mode & 0o777).toBe(0o600);
    expect(() => statSync(at('s'))).toThrow('ENOENT');
  });

  test('more than the limit is refused', async () => {
    const receiving = await receive(at('s'), { uid, file: at('f'), limit: 3 });
    await send('the state');
    await expect(receiving.done).rejects.toThrow('more than 3 bytes');
    await receiving.close();
  });

  test('what nobody sends leaves nothing', async () => {
    const receiving = await receive(at('s'), { uid, file: at('f'), limit: 3 });
    await receiving.close();
    await expect(receiving.done).rejects.toThrow();
    expect(readdirSync(directory)).toEqual([]);
  });

  test('where no socket can be made, the reason is told', async () => {
    await expect(receive(at('no/s'), { uid, file: at('f'), limit: 3 })).rejects.toThrow('No such file');
  });

  test('a file that is there already is not overwritten', async () => {
    writeFileSync(at('f'), 'there');
    const receiving = await receive(at('s'), { uid, file: at('f'), limit: 100 });
    await send('x');
    await expect(receiving.done).rejects.toThrow('File exists');
    await receiving.close();
    expect(readFileSync(at('f'), 'utf8')).toBe('there');
  });
});
