/** Which Debian packages labnet's own depends on: from the lists of programs that labnet itself asks for. */

import { packageOf } from '../src/host/programs.ts';
import { requiredPrograms } from '../src/image/required-programs.ts';
import { neededPrograms } from '../src/preflight/preflight.ts';

/** Debian's essential packages: always there, and lintian refuses a dependency on them. */
const essential = ['util-linux', 'perl-base', 'coreutils'];

/** What a lab takes beyond what its preflight looks for, since hardly a Debian is without. */
const furtherPrograms = ['mount', 'umount'];

/** What images take and is no program, and the apt that installs what is missing. */
const forImages = ['debian-archive-keyring', 'apt'];

/** What gives labs of ordinary users the real internet: the second is for Debian 11 and Ubuntu 22.04, which lack the first. */
const forUsers = ['passt | slirp4netns'];

export interface Relations {
  /** Without which no lab of a stored image can be made, entered, exported and destroyed. */
  readonly depends: readonly string[];
  /** Without which no image can be built, and labs of ordinary users have no way out. */
  readonly recommends: readonly string[];
  /** What labnet uses where it is. */
  readonly suggests: readonly string[];
}

/** @param node which versions of Node, as in package.json: ">=20.19" */
export function relations(node: string): Relations {
  const [, version] = /^>=([\d.]+)$/.exec(node) ?? [];
  if (version === undefined) throw new Error(`engines.node is to be >=VERSION, not ${node}`);
  const depends = packagesOf([...neededPrograms, ...furtherPrograms]);
  const recommends = [...packagesOf(requiredPrograms.build), ...forImages, ...forUsers];
  return {
    depends: [...depends, `nodejs (>= ${version})`].sort(),
    recommends: recommends.filter((name) => !depends.includes(name)).sort(),
    suggests: ['bash-completion', 'iptables', 'network-manager', 'systemd'],
  };
}

function packagesOf(programs: readonly string[]): readonly string[] {
  const names = programs.flatMap((program) => packageOf[program] ?? []);
  return [...new Set(names)].filter((name) => !essential.includes(name));
}
