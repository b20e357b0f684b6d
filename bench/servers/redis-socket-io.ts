import { createServer } from 'node:http';
import { createAdapter } from '@socket.io/redis-streams-adapter';
import { Server } from 'socket.io';
import { type Library, newClient } from './redis-client';
import { type FanOutServer, noPings } from './server';

export async function create(library: Library, port: string): Promise<FanOutServer> {
  const client = newClient(library, port);
  await client.connect();
  const server = createServer();
  const adapter = createAdapter(client);
  const io = new Server(server, { adapter, transports: ['websocket'], serveClient: false, pingInterval: noPings });
  return { server, publish: (event) => void io.emit('event', event) };
}
