import { createServer } from 'node:http';
import { sse } from '@pushwire/express';
import express from 'express';
import { hubOn } from './run-pushwire';
import type { FanOutServer } from './server';

/**
 * Members on `/?id=…`, and their list on `/members`.
 *
 * @param every the presence's option, in ms.
 * @param kind what is told of members. Connections to `none` are no members.
 * @param port the port of Redis. Without it, members are kept in memory.
 */
export async function create(every: string, kind: 'names' | 'count' | 'none', port?: string): Promise<FanOutServer> {
  const presence = { every: Number(every), names: kind === 'names', grace: 100 };
  const hub = await hubOn(port, { presence });
  const [room, here] = [hub.channel('room'), hub.presence<{ name: string }>('room')];
  const app = express();
  const member = ({ query: { id } }: express.Request) => ({
    channel: here,
    id: String(id),
    data: { name: `Member ${id}` },
  });
  app.get('/', kind === 'none' ? sse(room) : sse(room, { presence: member }));
  app.get('/members', sse(here));
  return {
    server: createServer(app),
    publish: (event) => room.publish(event),
    held: () => hub.stats().connections,
  };
}
