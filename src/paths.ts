/**
 * Every directory and file name that labnet uses, in one place. Each root can be moved by an environment variable.
 *
 * The state survives a reboot (disks, seeds, journal), the run directory does not (sockets, locks, namespaces).
 */
import { fileURLToPath } from 'node:url';

/** The directories a run works in. */
export interface Roots {
  /** Base images and labs: /var/lib/labnet, or LABNET_STATE. */
  readonly state: string;
  /** Sockets, locks and namespaces of this boot: /run/labnet, or LABNET_RUN. */
  readonly run: string;
  /** What may be deleted at any time: /var/cache/labnet, or LABNET_CACHE. */
  readonly cache: string;
}

export function rootsFrom(env: Readonly<Record<string, string | undefined>>): Roots {
  return {
    state: env.LABNET_STATE ?? '/var/lib/labnet',
    run: env.LABNET_RUN ?? '/run/labnet',
    cache: env.LABNET_CACHE ?? '/var/cache/labnet',
  };
}

/** The files of one lab. */
export function labPaths(roots: Roots, lab: string) {
  const dir = `${roots.state}/labs/${lab}`;
  const run = `${roots.run}/${lab}`;
  return {
    dir,
    run,
    journal: `${dir}/journal.jsonl`,
    plan: `${dir}/plan.json`,
    clientKey: `${dir}/id_ed25519`,
    knownHosts: `${dir}/known_hosts`,
    hostNamespace: `${run}/host.ns`,
    internetNamespace: `${run}/internet.ns`,
    canaryNamespace: `${run}/canary.ns`,
  } as const;
}

/** The files of one VM of a lab. */
export function vmPaths(roots: Roots, lab: string, vm: string) {
  const dir = `${roots.state}/labs/${lab}/${vm}`;
  const run = `${roots.run}/${lab}/${vm}`;
  return {
    dir,
    run,
    disk: `${dir}/sda-${vm}.qcow2`,
    seed: `${dir}/seed.iso`,
    seedSources: `${dir}/seed`,
    hostKey: `${dir}/ssh_host_ed25519_key`,
    password: `${dir}/password`,
    consoleLog: `${dir}/console.log`,
    qemuLog: `${dir}/qemu.log`,
    qmp: `${run}/qmp.sock`,
    console: `${run}/console.sock`,
  } as const;
}

/** The record of the host's own kernel settings that labs hold. */
export function settingsLedger(roots: Roots): string {
  return `${roots.run}/settings.conf`;
}

/** Files shipped with labnet; both src/ and the bundle in dist/ stand one level below the package root. */
export const shipped = {
  templates: fileURLToPath(new URL('../templates/', import.meta.url)),
  images: fileURLToPath(new URL('../images/', import.meta.url)),
  packageJson: fileURLToPath(new URL('../package.json', import.meta.url)),
} as const;
