/** How long a guest's boot may take. */

/** Milliseconds on a usual PC. */
export interface BootPatience {
  /** To the guest's being ready. */
  readonly kvm: number;
  readonly tcg: number;
  /** To the first line of a kernel. */
  readonly kernel: { readonly kvm: number; readonly tcg: number };
}

/** Software emulation of many guests on few cores is slow, and slow is no failure. */
export const bootPatience: BootPatience = {
  kvm: 180_000,
  tcg: 900_000,
  kernel: { kvm: 60_000, tcg: 180_000 },
};

/** Milliseconds: as long as somebody may watch a guest's QEMU. */
export const wholeLifeMs = 30 * 86_400_000;

/** How often a guest may restart in vain, besides once for each of its run lines: a package or its cloud-config may want it. */
export const restartsOfItsOwn = 4;
