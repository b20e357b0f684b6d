import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from '@pushwire/client';
import { acceptUpgrades, createHub, type Hub, push } from '@pushwire/express';
import express from 'express';
import { WebSocket } from 'ws';
import { until } from './kit/until';

let hub: Hub;
let server: Server;
let origin: string;
let leave: () => void;

beforeEach(async () => {
  hub = createHub();
  const app = express();
  app.get('/news', push(hub.channel('news')));
  server = app.listen(0, '127.0.0.1');
  acceptUpgrades(server, app);
  await new Promise((resolve) => server.once('listening', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  leave();
  await hub.close();
  server.closeAllConnections();
  server.close();
});

// A message to one client alone has no id. Where a client took the id before it for its own, it would drop it as one
// that it has seen.
describe.each(['sse', 'websocket'] as const)('what is sent to one client alone, over %s', (transport) => {
  it('comes between the messages of its channel, each once and in order', async () => {
    const client = connect(`${origin}/news`, { transports: [transport], WebSocket: WebSocket as never });
    leave = () => client.close();
    const seen: unknown[] = [];
    client.onAny(({ data }) => seen.push(data));
    await until('the client is open', () => client.status === 'open');
    const sent: unknown[] = [];
    for (let n = 0; n < 60; n++) {
      const isAlone = n % 3 !== 1;
      sent.push({ n, isAlone });
      if (isAlone) for (const connection of hub.connections()) connection.send({ n, isAlone });
      else hub.channel('news').publish({ n, isAlone });
      if (n % 4 === 0) await new Promise(setImmediate);
    }
    await until('everything has come', () => seen.length >= sent.length);
    expect(seen).toEqual(sent);
  });
});
