/** From the operations that a clean run makes to the cases of the matrix: what can go wrong at each. */

/** One thing that goes wrong at one operation, and the way back that is tried afterwards. */
export interface Case {
  readonly lab: Lab;
  readonly phase: Phase;
  /** Its occurrence and its name: "1 ip link delete dev br0". */
  readonly op: string;
  readonly mode: Mode;
}

/**
 * On the host's network; in a sandbox; there with a VM cloned from a template that is made first; and the same lab
 * again, from its kept state.
 */
export const labs = ['own', 'sandbox', 'clone', 'again'] as const;

export type Lab = (typeof labs)[number];
export type Phase = 'provision' | 'destroy';
export type Mode = (typeof modes)[number];

/** What can go wrong, by the kind of it. */
const families = {
  kill: ['kill-before', 'kill-during', 'kill-after', 'torn'],
  reboot: ['reboot', 'reboot-after'],
  signal: ['sigint', 'sigterm', 'sighup', 'twice', 'ctrl-c', 'ctrl-c-twice', 'ctrl-c-held'],
  failure: ['fail', 'fail-after', 'nothing', 'missing', 'hang'],
  disk: ['enospc', 'eio', 'torn-enospc'],
  interference: ['flush', 'detach', 'delete-bridge'],
} as const;

const modes = Object.values(families).flat();

export function familyOf(mode: Mode): string {
  return Object.entries(families).find(([, of]) => of.some((one) => one === mode))?.[0] ?? mode;
}

/** What a clean provision and a clean destroy of a lab do, in the order of one recorded run. */
export type Recorded = Readonly<Record<Phase, readonly string[]>>;

export function keyOf({ lab, phase, op, mode }: Case): string {
  return `${lab}/${phase}/${mode}/${op}`;
}

/** @throws Error when it is no key */
export function parseKey(key: string): Case {
  const [lab, phase, mode, ...op] = key.split('/');
  const known = modes.find((one) => one === mode);
  const of = labs.find((one) => one === lab);
  if (of === undefined || (phase !== 'provision' && phase !== 'destroy') || !known)
    throw new Error(`${key} names no case`);
  return { lab: of, phase, mode: known, op: op.join('/') };
}

/** One case in so many goes on by provision: that makes as many labs as there are cases of destroy to be tried on one. */
const onward = { provision: 3, destroy: 6 } as const;

/** Whether a case goes back by destroy, or on by provision; it depends on the case alone. */
export function wayBack(one: Case): Phase {
  return hash(keyOf(one)) % onward[one.phase] === 0 ? 'provision' : 'destroy';
}

/** After these a run that ends before its work is done has undone all it did. */
export const isSignal: ReadonlySet<Mode> = new Set(families.signal);

/** After these it has done that, too, or says what is left. */
export const undoesItself: ReadonlySet<Mode> = new Set([
  ...families.signal,
  ...(['fail', 'fail-after', 'missing', 'enospc', 'eio', 'torn-enospc'] as const),
]);

/** Labs of which any can be destroyed in place of another: in a sandbox, and on the host's network. */
const alike: readonly (readonly Lab[])[] = [['sandbox', 'clone', 'again'], ['own']];

/**
 * Cases in chains: one that ends with a lab that works hands it to one of destroying such a lab, and where that one
 * makes it again, to another. Labs that are made anyway after something was left behind come first. The longest chains
 * come first, so that no worker is left with one at the end.
 */
export function chains(cases: readonly Case[]): readonly (readonly Case[])[] {
  const all = alike.flatMap((family) => {
    const of = (phase: Phase, way: Phase) =>
      cases.filter((one) => family.includes(one.lab) && one.phase === phase && wayBack(one) === way);
    const [onward, last] = [of('destroy', 'provision'), of('destroy', 'destroy')];
    const makers = of('provision', 'provision');
    const starts = [
      ...makers.filter(({ mode }) => !undoesItself.has(mode)),
      ...makers.filter(({ mode }) => undoesItself.has(mode)),
    ];
    const chained = starts.map((one) => {
      const again = onward.findIndex(({ lab }) => lab === one.lab);
      return [one, ...(again < 0 ? [] : onward.splice(again, 1)), ...last.splice(0, 1)];
    });
    const rest = onward.map((one) => [one, ...last.splice(0, 1)]);
    return [...chained, ...rest, ...[...last, ...of('provision', 'destroy')].map((one) => [one])];
  });
  return all.sort((one, other) => other.length - one.length);
}

/**
 * What the canary does only where answers are late, and so not in every run: it follows its packets, with a third table.
 * The engine's tests of the canary fail each of these calls.
 */
const onlyWhenLate = /trace|\/proc\/net\/netstat|^[3-9] .*nft --file -$/;

export function comesEachTime(op: string): boolean {
  return !onlyWhenLate.test(op);
}

/** Every case there is; of each lab only what the ones before it do not do as well, word for word, be it less often. */
export function allCases(recorded: Partial<Record<Lab, Recorded>>): readonly Case[] {
  const met = { provision: new Set<string>(), destroy: new Set<string>() };
  return labs.flatMap((lab) =>
    (['provision', 'destroy'] as const).flatMap((phase) => {
      const ops = recorded[lab]?.[phase] ?? [];
      const isNew = (op: string) => comesEachTime(op) && !met[phase].has(sameAs(op));
      const cases = ops.flatMap((op, index) =>
        (isNew(op) ? [...modesOf(op), ...meddling(ops, index, phase)] : []).map(
          (mode): Case => ({ lab, phase, op, mode }),
        ),
      );
      for (const op of ops) met[phase].add(sameAs(op));
      return cases;
    }),
  );
}

/** What is not done once more by another lab; a program is (a lock that is taken again guards something else). */
function sameAs(op: string): string {
  return isCommand(op) ? op : nameOf(op);
}

/** Without the count of its occurrences. */
function nameOf(op: string): string {
  return op.replace(/^\d+ /, '');
}

/** A change to a file is named by its path here, which is empty for the place itself; the programs of these names have options first. */
const fileChange = /^\d+ (?:mkdir|chmod|chown|rename|rm|rmdir|writeFile|open|sync) (?:\/|$)/;

/** Whether QEMU is told to do it. */
function isQmp(op: string): boolean {
  return op.split(' ')[1] === 'qmp';
}

/** Whether a program is started for it. */
export function isCommand(op: string): boolean {
  return !isQmp(op) && !fileChange.test(op);
}

/** The program, or what is done to a file. */
export function kindOf(op: string): string {
  const [word = ''] = nameOf(op)
    .replace(/^(?:--\S+ )*/, '')
    .split(' ');
  return word;
}

const signals = families.signal;

/** What can go wrong at a program that is started. */
export const commandModes: readonly Mode[] = [
  ...(['kill-before', 'kill-during', 'kill-after', 'reboot', 'reboot-after'] as const),
  ...signals,
  ...families.failure,
];

function modesOf(op: string): readonly Mode[] {
  if (isQmp(op)) return ['kill-before', 'kill-after', 'reboot', ...signals, 'fail', 'nothing', 'hang'];
  if (isCommand(op)) return commandModes;
  const word = op.split(' ')[1] ?? '';
  const signal = signals[hash(op) % signals.length] ?? 'sigint';
  const full = ['mkdir', 'open', 'rename', 'writeFile'].includes(word) ? (['enospc'] as const) : [];
  const torn = word === 'writeFile' ? (['torn', 'torn-enospc'] as const) : [];
  const broken = word === 'sync' ? (['eio'] as const) : [];
  return ['kill-before', 'kill-after', 'reboot', signal, ...full, ...torn, ...broken];
}

/** What others can do to the lab's network while it is there. */
function meddling(ops: readonly string[], index: number, phase: Phase): readonly Mode[] {
  if (!isCommand(ops[index] ?? '')) return [];
  const signs = {
    flush: { provision: /nft --file -$/, destroy: /nft delete table inet/ },
    detach: { provision: /dev tap0 .*master/, destroy: /link delete dev tap0/ },
    'delete-bridge': { provision: /link set dev br0 up/, destroy: /link delete dev br0/ },
  };
  return (['flush', 'detach', 'delete-bridge'] as const).filter((mode) => {
    const at = ops.findIndex((op) => signs[mode][phase].test(op));
    return phase === 'provision' ? index > at : index <= at;
  });
}

/** FNV-1a: spreads names evenly, the same on every machine. */
export function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193);
  // A last stir, since names that differ in their last letters come out close together.
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  return (value ^ (value >>> 13)) >>> 0;
}
