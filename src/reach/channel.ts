/** The way into a guest that wants no network, user or key of it: a port of QEMU's, and root's helper in the guest. */
import { randomBytes } from 'node:crypto';
import { LabnetError } from '../errors.ts';
import type { Host } from '../host/host.ts';

/** Milliseconds on a usual PC until the helper says that it is there. */
const firstMs = 5_000;

/** How a script is run in a guest. */
export interface ChannelOptions {
  /** Milliseconds on a usual PC that the script may take. */
  readonly timeout: number;
  /** The most characters that it may say. */
  readonly most: number;
  readonly signal?: AbortSignal | undefined;
}

/** How a script ended in a guest, by the guest's own word. */
export interface Ended {
  readonly status: number;
  readonly said: string;
}

/**
 * Runs a script in a guest as root, by guest/reach.sh. What it says is whatever the guest's root wants it to be.
 *
 * @param channel the path of the host's end
 * @throws LabnetError failed when the helper does not answer, or the script does not end in time; interrupted
 */
export async function runByChannel(
  channel: string,
  script: string,
  { timeout, most, signal }: ChannelOptions,
  host: Host,
): Promise<Ended> {
  const word = randomBytes(16).toString('hex');
  const seconds = Math.ceil((timeout * host.pace) / 1000);
  const request = `${word} ${seconds}\n${script.trimEnd()}\n${word}\n`;
  const end = new RegExp(`\\n${word} (\\d{1,3})\\n$`);
  const all = await host.exchange(channel, request, { first: firstMs, timeout, most, end, signal });
  const begin = `${word} begins\n`;
  const at = all.indexOf(begin);
  const [whole = '', status] = end.exec(all) ?? [];
  if (at < 0 || status === undefined)
    throw new LabnetError('failed', `${channel}: an answer that cannot be read`);
  return { status: Number(status), said: all.slice(at + begin.length, -whole.length) };
}
