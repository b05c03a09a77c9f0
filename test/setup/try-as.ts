import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Tries, as a uid, to read every path, to list every directory, to connect to every socket. */
const trying = `
import json, os, socket, stat, sys
uid = int(sys.argv[1])
os.setgroups([]); os.setresgid(uid, uid, uid); os.setresuid(uid, uid, uid)
able = []
for path in json.load(sys.stdin):
    try:
        mode = os.lstat(path).st_mode
        if stat.S_ISDIR(mode):
            os.listdir(path); able.append('list ' + path)
            continue
        if stat.S_ISSOCK(mode):
            with socket.socket(socket.AF_UNIX) as s: s.settimeout(3); s.connect(path)
        else: open(path, 'rb').read(1)
        able.append('read ' + path)
    except OSError: pass
    if os.access(path, os.W_OK): able.append('write ' + path)
print(json.dumps(able))
`;

/** What a uid can do in directories, as "read PATH" and the like: it has tried, whatever the modes say. */
export function tryAs(uid: number, directories: readonly string[]): readonly string[] {
  const paths = directories.flatMap((directory) => [directory, ...everything(directory)]);
  const output = execFileSync('/usr/bin/python3', ['-c', trying, String(uid)], {
    input: JSON.stringify(paths),
    encoding: 'utf8',
  });
  return JSON.parse(output) as string[];
}

/** Every path below a directory. */
export function everything(directory: string): readonly string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? [path, ...everything(path)] : [path];
  });
}
