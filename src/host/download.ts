import { open, stat } from 'node:fs/promises';

/** How a file is downloaded. */
export interface DownloadOptions {
  readonly signal?: AbortSignal | undefined;
  /** The address as messages may show it; the whole address unless told. */
  readonly shown?: string | undefined;
  /** Called with the bytes on the disk so far, and the whole length where the server tells it. */
  readonly onProgress?: ((bytes: number, total: number | undefined) => void) | undefined;
}

/** The error when the server answered with something else than the file. */
export class HttpRefused extends Error {
  readonly status: number;
  constructor(url: string, status: number) {
    super(`${url}: the server answers ${status}`);
    this.status = status;
  }
}

/**
 * Fetches a URL into a file. What the file already holds is kept and only the rest is asked for (Range, RFC 9110
 * section 14); a server that sends the whole thing anyway makes it start anew. What arrived before a cut stays.
 *
 * @throws HttpRefused, or the network's own error when the line is cut.
 */
export async function downloadTo(url: string, path: string, options: DownloadOptions = {}): Promise<void> {
  const have = (await stat(path).catch(() => undefined))?.size ?? 0;
  const response = await fetch(url, {
    headers: { 'accept-encoding': 'identity', ...(have === 0 ? {} : { range: `bytes=${have}-` }) },
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const resumed = response.status === 206 && startOf(response.headers.get('content-range')) === have;
  // 416: nothing lies beyond what is here already; its checksum will tell whether it is the whole file.
  if (response.status === 416 && have > 0) return;
  if (!resumed && response.status !== 200) {
    await response.body?.cancel();
    throw new HttpRefused(options.shown ?? url, response.status);
  }
  const offset = resumed ? have : 0;
  const length = response.headers.get('content-length');
  const total = length === null ? undefined : offset + Number(length);
  const file = await open(path, resumed ? 'a' : 'w', 0o600);
  try {
    let bytes = offset;
    for await (const piece of response.body ?? []) {
      await file.writeFile(piece);
      bytes += piece.byteLength;
      options.onProgress?.(bytes, total);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The most characters that a text may have: a list of checksums is far shorter. */
const longestText = 1_000_000;

/** The text at a URL, which messages show as `shown`. @throws HttpRefused, Error when it is too long. */
export async function downloadText(
  url: string,
  shown: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const response = await fetch(url, signal === undefined ? {} : { signal });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new HttpRefused(shown, response.status);
  }
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of response.body ?? []) {
    text += decoder.decode(piece, { stream: true });
    if (text.length > longestText) throw new Error(`${shown} is longer than ${longestText} characters`);
  }
  return text;
}

function startOf(contentRange: string | null): number | undefined {
  const start = /^bytes (\d+)-/.exec(contentRange ?? '')?.[1];
  return start === undefined ? undefined : Number(start);
}
