import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { lchown, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { LabnetError } from '../errors.ts';
import type { ReceiveOptions, Receiving } from './host.ts';

/**
 * See Host.receive. QEMU in its sandbox may open no file and start no program for a saved state, but it may connect to
 * a socket.
 */
export async function receive(socket: string, { uid, file, limit }: ReceiveOptions): Promise<Receiving> {
  await rm(socket, { force: true });
  const server = createServer();
  const connection = once(server, 'connection').then(([one]) => one as Socket);
  server.listen(socket);
  await once(server, 'listening');
  // The link itself: by now the owner of the directory could have put another there.
  await lchown(socket, uid, uid);
  const done = connection.then(async (from) => {
    server.close();
    await pipeline(from, atMost(limit, socket), createWriteStream(file, { mode: 0o600, flags: 'wx' }));
  });
  done.catch(() => {});
  return {
    done,
    async close() {
      server.close();
      await rm(socket, { force: true });
    },
  };
}

/** Ends with an error after that many bytes: a QEMU gone wild must not fill the disk. */
function atMost(limit: number, what: string): Transform {
  let passed = 0;
  return new Transform({
    transform(piece: Buffer, _, next) {
      passed += piece.length;
      if (passed > limit) next(new LabnetError('failed', `${what}: more than ${limit} bytes came`));
      else next(null, piece);
    },
  });
}
