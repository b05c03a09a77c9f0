/** Every kind of resource, by name. A new kind is one file and one line in each of the two lists. */
import { type AntiSpoofSpec, antiSpoof } from './anti-spoof.ts';
import { type BridgeSpec, bridge } from './bridge.ts';
import { type CanarySpec, canary } from './canary.ts';
import { type DirectorySpec, directory } from './directory.ts';
import { type DockerUserSpec, dockerUser } from './docker-user.ts';
import { type FirewallSpec, firewall } from './firewall.ts';
import { type ForwardingSpec, forwarding } from './forwarding.ts';
import { type InternetSpec, internet } from './internet.ts';
import { type KeyPairSpec, keyPair } from './key-pair.ts';
import { type MachineSpec, machine } from './machine.ts';
import { type NamespaceSpec, namespace } from './namespace.ts';
import { type OverlaySpec, overlay } from './overlay.ts';
import { type PasswordSpec, password } from './password.ts';
import type { ResourceType, SpecBase } from './resource-type.ts';
import { type SeedSpec, seed } from './seed.ts';
import { type TapSpec, tap } from './tap.ts';
import { type TextFileSpec, textFile } from './text-file.ts';
import { type TraceSpec, trace } from './trace.ts';
import { type UnknownSpec, unknown } from './unknown.ts';
import { type UnmanagedSpec, unmanaged } from './unmanaged.ts';
import { type UplinkSpec, uplink } from './uplink.ts';
import { type VethSpec, veth } from './veth.ts';

export type ResourceSpec =
  | AntiSpoofSpec
  | BridgeSpec
  | CanarySpec
  | DirectorySpec
  | DockerUserSpec
  | FirewallSpec
  | ForwardingSpec
  | InternetSpec
  | KeyPairSpec
  | MachineSpec
  | NamespaceSpec
  | OverlaySpec
  | PasswordSpec
  | SeedSpec
  | TapSpec
  | TextFileSpec
  | TraceSpec
  | UnknownSpec
  | UnmanagedSpec
  | UplinkSpec
  | VethSpec;

export type Kind = ResourceSpec['kind'];

type Registry = { readonly [K in Kind]: ResourceType<Extract<ResourceSpec, { kind: K }>> };

const registry: Registry = {
  'anti-spoof': antiSpoof,
  bridge,
  canary,
  directory,
  'docker-user': dockerUser,
  firewall,
  forwarding,
  internet,
  'key-pair': keyPair,
  machine,
  namespace,
  overlay,
  password,
  seed,
  tap,
  'text-file': textFile,
  trace,
  unknown,
  unmanaged,
  uplink,
  veth,
};

/** The code for a spec's kind. */
export function typeOf<S extends ResourceSpec>(spec: S): ResourceType<S> {
  // A registry entry accepts the specs of its own kind: TypeScript cannot follow that through the index.
  return registry[spec.kind] as unknown as ResourceType<S>;
}

/** A spec from a file, which this labnet or another has written, as this one knows it. */
export function upgraded(written: SpecBase): ResourceSpec {
  const { kind, id } = written;
  if (!Object.hasOwn(registry, kind)) return { kind: 'unknown', id, named: kind };
  // What a spec of its kind holds was right when labnet wrote it, and only root can have changed it.
  const spec = withOwner(written as ResourceSpec);
  return typeOf(spec).upgrade?.(spec) ?? spec;
}

/** Whose specs those of a labnet before 0.3 are, which stands in their ids alone: a VM's name has no dot and no underscore. */
function withOwner(spec: ResourceSpec): ResourceSpec {
  const isAny = ['directory', 'key-pair', 'password', 'overlay', 'seed', 'tap'].includes(spec.kind);
  if (!isAny || spec.vm !== undefined) return spec;
  const vm = /^[a-z-]+:([a-z][a-z0-9-]*)(?:\.run)?$/.exec(spec.id)?.[1];
  return vm === undefined || (spec.kind === 'directory' && vm === 'internet') ? spec : { ...spec, vm };
}

/** The kinds that labnet makes. */
export const kinds = (Object.keys(registry) as readonly Kind[]).filter((kind) => kind !== 'unknown');
