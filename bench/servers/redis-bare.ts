import { createServer, type ServerResponse } from 'node:http';
import { type Library, plainClient } from './redis-client';
import { type FanOutServer, streamHeaders } from './server';

/** PUBLISH and a loop over the responses. Nothing is kept, and lost messages stay lost. */
export async function create(library: Library, port: string): Promise<FanOutServer> {
  const redis = await plainClient(library, port);
  const responses = new Set<ServerResponse>();
  const announce = (text: string) => {
    for (const response of responses) response.write(`data: ${text}\n\n`);
  };
  let subscribed: Promise<unknown> | undefined;
  const server = createServer(async (_, response) => {
    await (subscribed ??= redis.subscribe('bench', announce));
    response.writeHead(200, streamHeaders).flushHeaders();
    responses.add(response);
    response.on('close', () => responses.delete(response));
  });
  return { server, publish: (event) => redis.publish('bench', JSON.stringify(event)) };
}
