/** The programs that make and change files: coreutils, qemu-img, ssh-keygen, xorriso. */
import { dirname } from 'node:path';
import type { FileFacts, Output } from '../../src/host/host.ts';
import { done, refuses, says, unknown } from './answer.ts';
import type { MemoryFiles } from './memory-files.ts';

type Words = readonly string[];

/** @param uid whom the program runs as */
export function fileCommand(argv: Words, uid: number, files: MemoryFiles): Output {
  switch (argv[0]) {
    case 'chown':
      return chown(argv, files);
    case 'mkdir':
      return makeDirectory(argv, files);
    case 'qemu-system-x86_64':
      return argv[1] === '--version' ? says('QEMU emulator version 7.2.0\n') : unknown(argv);
    case 'qemu-img':
      // What a guest has written is nothing for root to read.
      if (uid === 0) return unknown(argv);
      return argv[1] === 'create' ? createDisk(argv, uid, files) : diskInfo(argv, uid, files);
    case 'ssh-keygen':
      return makeKeys(argv, files);
    case 'xorriso':
      return makeImage(argv, files);
    default:
      return unknown(argv);
  }
}

const missing = (path: string) => refuses(1, `${path}: No such file or directory`);

function chown(argv: Words, files: MemoryFiles): Output {
  const [, uid = '', ...paths] = argv;
  if (!/^\d+$/.test(uid) || paths.length === 0) return unknown(argv);
  const gone = paths.find((path) => files.stat(path) === undefined);
  for (const path of paths) if (files.stat(path) !== undefined) files.change(path, { uid: Number(uid) });
  return gone === undefined ? done : missing(gone);
}

function makeDirectory(argv: Words, files: MemoryFiles): Output {
  const [, mode, octal = '', path = '', ...rest] = argv;
  if ([mode, ...rest].join(' ') !== '--mode') return unknown(argv);
  if (files.stat(path) !== undefined) return refuses(1, `cannot create directory ‘${path}’: File exists`);
  if (files.stat(dirname(path)) === undefined) return missing(path);
  files.makeDirectory(path, Number.parseInt(octal, 8));
  return done;
}

interface Disk {
  readonly 'virtual-size': number;
  readonly 'full-backing-filename': string;
}

function createDisk(argv: Words, uid: number, files: MemoryFiles): Output {
  const [, , ...words] = argv;
  const [q, f, format, F, backingFormat, b, backing = '', path = '', size = '', ...rest] = words;
  if ([q, f, format, F, backingFormat, b, ...rest].join(' ') !== '-q -f qcow2 -F qcow2 -b')
    return unknown(argv);
  if (files.stat(backing) === undefined) return missing(backing);
  const directory = files.stat(dirname(path));
  if (directory === undefined) return missing(path);
  if (!mayEnter(directory, uid) || !mayFill(files.stat(path), directory, uid))
    return refuses(1, `qemu-img: ${path}: Could not create file: Permission denied`);
  const disk: Disk = { 'virtual-size': Number(size), 'full-backing-filename': backing };
  // Under labnet's umask.
  files.write(path, JSON.stringify(disk), 0o600, uid);
  return done;
}

function diskInfo(argv: Words, uid: number, files: MemoryFiles): Output {
  const [, ...words] = argv;
  const path = words.at(-1) ?? '';
  if (words.slice(0, -1).join(' ') !== 'info --force-share --output=json -f qcow2') return unknown(argv);
  const [file, directory] = [files.stat(path), files.stat(dirname(path))];
  if (file === undefined || directory === undefined) return missing(path);
  if (!mayEnter(directory, uid) || (uid !== 0 && file.uid !== uid)) {
    return refuses(1, `qemu-img: Could not open '${path}': Permission denied`);
  }
  const content = files.read(path) ?? '';
  if (!content.startsWith('{'))
    return refuses(1, `qemu-img: Could not open '${path}': Image is not in qcow2 format`);
  return says(content);
}

/** By the rights of its owner or its group (path_resolution(7)). */
function mayEnter(directory: FileFacts, uid: number): boolean {
  const { mode, gid } = directory;
  if (uid === 0 || directory.uid === uid) return true;
  return (mode & (gid === uid ? 0o010 : 0o001)) !== 0;
}

/** A file of one's own that is there, or a new one in a directory of one's own. */
function mayFill(file: FileFacts | undefined, directory: FileFacts, uid: number): boolean {
  return uid === 0 || (file ?? directory).uid === uid;
}

function makeKeys(argv: Words, files: MemoryFiles): Output {
  const [, ...words] = argv;
  const [q, t, type, N, phrase, C, comment = '', f, path = '', ...rest] = words;
  if ([q, t, type, N, phrase, C, f, ...rest].join(' ') !== '-q -t ed25519 -N  -C -f') return unknown(argv);
  if (files.stat(dirname(path)) === undefined) return missing(path);
  // It asks, and reads end-of-file.
  if (files.stat(path) !== undefined) return refuses(1, `${path} already exists.\nOverwrite (y/n)? `);
  files.write(path, `PRIVATE KEY ${comment}\n`, 0o600);
  files.write(`${path}.pub`, `ssh-ed25519 AAAA ${comment}\n`, 0o644);
  return done;
}

function makeImage(argv: Words, files: MemoryFiles): Output {
  const sources = argv.at(-1) ?? '';
  const iso = argv[argv.indexOf('-o') + 1] ?? '';
  if (!argv.join(' ').startsWith('xorriso -as mkisofs -quiet -o ')) return unknown(argv);
  const image = files.stat(iso);
  if (files.stat(sources) === undefined || image === undefined) return missing(sources);
  const content = files.list(sources).map((name) => `${name}: ${files.read(`${sources}/${name}`)}`);
  // Filled in place: owner and mode stay.
  files.write(iso, content.join('\n'), image.mode, image.uid);
  return done;
}
