import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { acceptUpgrades, createHub, webSocket } from '@pushwire/express';
import express from 'express';
import { until } from './kit/until';
import { openWebSocket } from './kit/web-socket-client';

describe('the socket of an idle WebSocket', () => {
  const hub = createHub();
  const sockets: Socket[] = [];
  let server: Server;
  let url = '';

  beforeAll(async () => {
    const app = express();
    app.get('/news', webSocket(hub.channel('news')));
    server = createServer(app);
    acceptUpgrades(server, app);
    server.on('connection', (socket) => sockets.push(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/news`;
  });
  afterAll(async () => {
    await hub.close();
    server.close();
  });

  // An array of listeners takes more memory than all that Pushwire keeps of a connection.
  it('has one listener for errors, and survives a reset', async () => {
    const client = await openWebSocket(url);
    const [socket] = sockets;
    expect(client.status).toBe(101);
    expect(socket?.listenerCount('error')).toBe(1);
    (client.socket as Socket).resetAndDestroy();
    await until('the server knows', () => hub.stats().connections === 0);
    expect(socket?.destroyed).toBe(true);
  });
});
