/**
 * What labnet itself does in a guest at the end of its first boot: a script, and what it works on as files beside it.
 */
import { readFileSync } from 'node:fs';
import type { Vm } from '../lab/lab.ts';
import { shipped } from '../paths.ts';
import type { SeedFile } from './guest-files.ts';
import { checkText } from './lab-text.ts';

/** The directory in the guest where the script finds its work, and notes what it has done. */
const place = '/var/lib/labnet';

/**
 * The script's path in the guest, where cloud-init looks for what it is to run at each boot (its module
 * scripts_per_boot).
 */
const script = '/var/lib/cloud/scripts/per-boot/labnet-first-boot';

/**
 * The files for a VM that has run lines, each of which becomes a file that a shell reads, or files below new
 * directories of the user's home. None when there is nothing to do.
 *
 * @throws LabnetError usage for a run line that cannot stand in a seed
 */
export function firstBootFiles(vm: Vm): readonly SeedFile[] {
  for (const line of vm.run) checkText(line, `run of ${vm.name}`);
  const paths = pathsBelowHome(vm);
  if (vm.run.length === 0 && paths.length === 0) return [];
  return [
    ...vm.run.map((line, index) => rootFile(`${place}/line-${index + 1}`, '0600', line)),
    ...(paths.length === 0 ? [] : [rootFile(`${place}/paths`, '0600', lines([vm.user, ...paths]))]),
    rootFile(script, '0700', ['#!/bin/sh\n', ...['going-down.sh', 'first-boot.sh'].map(ofGuest)].join('')),
  ];
}

/** The files that need new directories in the user's home: cloud-init makes these, and they are root's. */
function pathsBelowHome({ user, files }: Vm): readonly string[] {
  const home = `/home/${user}/`;
  return files
    .map(({ path }) => path)
    .filter((path) => path.startsWith(home) && path.slice(home.length).includes('/'));
}

const ofGuest = (name: string) => readFileSync(`${shipped.guest}${name}`, 'utf8');

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}

function rootFile(path: string, permissions: string, content: string): SeedFile {
  return { path, owner: 'root:root', permissions, content };
}
