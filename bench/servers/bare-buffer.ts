import { createServer, type ServerResponse } from 'node:http';
import { type FanOutServer, streamHeaders } from './server';

/**
 * The floor for Node, without framework and checks. The events of one turn are framed once into one
 * Buffer, which is written directly to each socket.
 */
export function create(): FanOutServer {
  const open = new Set<ServerResponse>();
  const server = createServer((_request, response) => {
    response.writeHead(200, streamHeaders);
    response.flushHeaders();
    open.add(response);
    response.on('close', () => open.delete(response));
  });
  let text = '';
  const flush = () => {
    const chunk = asChunk(text);
    text = '';
    for (const response of open) response.socket?.write(chunk);
  };
  return {
    server,
    publish(event) {
      if (text === '') setImmediate(flush);
      text += `data: ${JSON.stringify(event)}\n\n`;
    },
  };
}

/** Encodes a text as one chunk of a chunked body (RFC 9112, 7.1). */
function asChunk(text: string): Buffer {
  return Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
}
