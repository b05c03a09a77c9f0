/** How long a guest's boot may take. */

/** How long a guest's boot may take, in milliseconds on a usual PC. */
export interface BootPatience {
  /** The time under KVM until the guest is ready. */
  readonly kvm: number;
  /** The time under TCG until the guest is ready. */
  readonly tcg: number;
  /** The time until the first line of a kernel. */
  readonly kernel: { readonly kvm: number; readonly tcg: number };
  /** The time from a guest's login prompt until cloud-init shows itself, which it has mostly done before. */
  readonly cloudInit: { readonly kvm: number; readonly tcg: number };
}

/** The usual patience. Software emulation of many guests on few cores is slow, and slow is no failure. */
export const bootPatience: BootPatience = {
  kvm: 180_000,
  tcg: 900_000,
  kernel: { kvm: 60_000, tcg: 180_000 },
  cloudInit: { kvm: 60_000, tcg: 180_000 },
};

/** Milliseconds that are as long as somebody may watch a guest's QEMU. */
export const wholeLifeMs = 30 * 86_400_000;

/**
 * How often a guest may restart in vain, besides once for each of its run lines: a package or its cloud-config may want
 * it.
 */
export const restartsOfItsOwn = 4;
