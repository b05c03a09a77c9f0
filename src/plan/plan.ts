import type { Lab } from '../lab/lab.ts';
import type { ResourceSpec } from '../resource/index.ts';
import type { TraceSpec } from '../resource/trace.ts';

/** Resources that do not depend on each other: made side by side, in any order. */
export interface Stage {
  readonly title: string;
  readonly specs: readonly ResourceSpec[];
}

/** All that a lab needs on a host, in the order of making; the reverse is the order of unmaking. */
export interface Plan {
  readonly lab: string;
  readonly stages: readonly Stage[];
  readonly canary: Canary;
  readonly guests: readonly Guest[];
  readonly network: PlannedNetwork;
  /** Path of the network namespace in which all of the lab's networks are; undefined: the host's own. */
  readonly namespace: string | undefined;
  readonly warnings: readonly string[];
  /** How many times longer than on a usual PC everything about this lab may take (see Host.pace). */
  readonly pace: number;
}

/**
 * What tries the wiring before any VM boots: made when all but the machines stands, and unmade at once. So it is none of
 * the lab's own resources.
 */
export interface Canary {
  readonly specs: readonly ResourceSpec[];
  /** Commands to run in the canary's namespace. */
  readonly namespace: string;
  readonly tries: readonly CanaryTry[];
  /** Made only when a try has failed, to learn why. */
  readonly trace: TraceSpec;
}

export interface CanaryTry {
  readonly to: 'host' | 'gateway' | 'outside';
  readonly argv: readonly string[];
  /** The same with more time; a labnet before 0.3 noted none. */
  readonly patient?: readonly string[] | undefined;
}

/** How the host enters a VM. */
export interface Reach {
  /** The path of the network namespace from which its address answers; undefined: the host's own. */
  readonly namespace: string | undefined;
  readonly address: string;
  /**
   * The host's end of the way in that wants no network, user or key of the guest. A VM of a labnet before 0.3 has none.
   */
  readonly channel?: string | undefined;
}

/** A VM as the host sees it: what booting, verifying, ssh and console need. */
export interface Guest {
  readonly name: string;
  /**
   * From 0 to 99: the number of its tap and its uid, and of its address unless the lab file gives one. It stays the same
   * while other VMs come and go.
   */
  readonly number: number;
  readonly hostname: string;
  readonly address: string;
  readonly reach: Reach;
  readonly mac: string;
  readonly user: string;
  readonly instanceId: string;
  readonly hosts: readonly HostEntry[];
  readonly cpus: number;
  /** Mebibytes. */
  readonly memory: number;
  readonly uid: number;
  readonly uuid: string;
  readonly accelerator: 'kvm' | 'tcg';
  /** The lines that its first boot ends with. */
  readonly run: readonly string[];
  /** What the lab file has it do may restart it, or switch it off, after it has said that it is ready. */
  readonly mayLeave: boolean;
}

export interface HostEntry {
  readonly name: string;
  readonly address: string;
}

export interface PlannedNetwork {
  readonly bridge: string;
  /** The host's own address: the guests' gateway. */
  readonly address: string;
  readonly prefix: number;
  /** "192.168.6.0/24" */
  readonly subnet: string;
  readonly resolvers: readonly string[];
  /** Whether the resolvers are asked by TCP alone; left out: they are asked as usual. */
  readonly byTcp?: true;
  /** Undefined: the lab has no way out. */
  readonly uplink: { readonly name: string; readonly gateway: string } | undefined;
  /** Further links that the host itself goes by; left out: none. */
  readonly ways?: readonly string[] | undefined;
  /** What of it was left to labnet (`auto`), and so changes when the host's own does; left out: nothing. */
  readonly follows?: { readonly uplink: boolean; readonly resolvers: boolean };
  /** What the probes toward the internet try. */
  readonly target: { readonly host: string; readonly port: number };
}

/** The specs in the order of making. */
export function specsOf(plan: Plan): readonly ResourceSpec[] {
  return plan.stages.flatMap(({ specs }) => specs);
}

/** Whether the way out of a lab's guests is the host's own; that of a sandbox is not. */
export function goesOutside(plan: Plan): boolean {
  return plan.namespace === undefined || specsOf(plan).some(({ kind }) => kind === 'uplink');
}

/** The plan with each of its specs changed, in the same order. */
export function mapSpecs(plan: Plan, change: (spec: ResourceSpec) => ResourceSpec): Plan {
  return { ...plan, stages: plan.stages.map((stage) => ({ ...stage, specs: stage.specs.map(change) })) };
}

/** True for the stage that starts the VMs: the canary flies before it. */
export function startsMachines({ specs }: Stage): boolean {
  return specs.some(({ kind }) => kind === 'machine');
}

/** Names of the secrets of the lab file that a plan's password files ask for, with their values. */
export function secretsOf(lab: Lab): ReadonlyMap<string, string> {
  return new Map(
    lab.vms.flatMap(({ name, password }) => (password === undefined ? [] : [[passwordName(name), password]])),
  );
}

export function passwordName(vm: string): string {
  return `${vm}.password`;
}
