import { localHost } from '../../src/host/local-host.ts';
import { readAptProxy, readHostMirror } from '../../src/image-build/host-mirror.ts';

/** Where packages come from: the mirror and the proxy that this machine's own apt uses. */
export interface Mirror {
  readonly archive: string;
  /** Environment variables for programs that fetch from it. */
  readonly proxy: Readonly<Record<string, string>>;
}

export async function ownMirror(): Promise<Mirror> {
  const host = localHost();
  const mirror = await readHostMirror(host);
  if (mirror === undefined)
    throw new Error("this machine's apt has no Debian mirror, and a stock host is made from one");
  return { archive: mirror.archive, proxy: await readAptProxy(host) };
}
