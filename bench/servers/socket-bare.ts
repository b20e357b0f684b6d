import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import type { FanOutServer } from './server';

/**
 * The floor for Node, without checks. The frames of one turn are made once as one Buffer, which is
 * written directly to each socket.
 */
export function create(): FanOutServer {
  const server = createServer();
  const wss = new WebSocketServer({ noServer: true });
  const open = new Set<NodeJS.WritableStream>();
  server.on('upgrade', (request, socket, head) => {
    wss.handleUpgrade(request, socket, head, () => open.add(socket));
    socket.on('close', () => open.delete(socket));
  });
  let frames: Buffer[] = [];
  const flush = () => {
    const bytes = Buffer.concat(frames);
    frames = [];
    for (const socket of open) socket.write(bytes);
  };
  return {
    server,
    publish(event) {
      if (frames.length === 0) setImmediate(flush);
      frames.push(textFrame(JSON.stringify(event)));
    },
  };
}

/** Encodes a short text as one frame (RFC 6455, 5.2). */
function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  if (payload.length > 125) throw new RangeError('this server frames short events only');
  return Buffer.concat([Buffer.from([0x81, payload.length]), payload]);
}
