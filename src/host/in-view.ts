import type { Holder } from './holder.ts';
import type { Host, Output, RunOptions } from './host.ts';
import { enteringMounts } from './private-mounts.ts';
import { programDirectories } from './trusted-path.ts';
import { unprivileged } from './unprivileged.ts';
import { type View, viewSteps } from './view.ts';

/** Makes a view in a mount namespace of its own; the end of the holder takes all of it away. */
export async function openView(view: View, host: Host): Promise<Holder> {
  const holder = await host.privateMounts();
  try {
    for (const { argv, stdin } of viewSteps(view, programDirectories())) {
      const inside = ['nsenter', ...enteringMounts(holder), '--', ...argv];
      await host.run(inside, stdin === undefined ? {} : { stdin });
    }
    return holder;
  } catch (error) {
    await holder.close();
    throw error;
  }
}

/** Runs a command without any right, to its end. */
export type RunInView = (uid: number, argv: readonly string[], options?: RunIn) => Promise<Output>;

interface RunIn extends RunOptions {
  /** Groups that the command has beside its own. */
  readonly groups?: readonly number[];
}

/** What commands without rights are to see, beside the system's programs. */
export interface Seen {
  /** The directory that they may write to, as far as their uid may; the view's place is made in it. */
  readonly own: string;
  /** Directories that they read. */
  readonly read?: readonly string[];
  readonly devices?: View['devices'];
}

/** Lets commands without rights see this much of the PC's files. */
export async function withView<T>(
  { own, read = [], devices = [] }: Seen,
  host: Host,
  work: (run: RunInView) => Promise<T>,
): Promise<T> {
  const place = `${own}/view`;
  await host.makeDirectory(place, { mode: 0o700 });
  const holder = await openView({ place, own: [own], read, devices }, host);
  try {
    return await work((uid, argv, { groups = [], ...options } = {}) =>
      host.run(
        ['nsenter', ...enteringMounts(holder), '--', ...unprivileged(uid, argv, { groups, root: place })],
        options,
      ),
    );
  } finally {
    await holder.close();
    await host.removeEmptyDirectory(place);
  }
}
