// #region testing-web-socket
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { acceptUpgrades, createHub, webSocket } from '@pushwire/express';
import express from 'express';
import { WebSocket } from 'ws';

test('a WebSocket gets the news', async () => {
  const hub = createHub();
  const news = hub.channel('news');
  const app = express().get('/news', webSocket(news));
  const server = createServer(app).listen(0);
  acceptUpgrades(server, app);
  const { port } = server.address() as AddressInfo;

  const socket = new WebSocket(`ws://localhost:${port}/news?cursor=0`);
  await news.publish({ headline: 'It works' });
  const [data] = await once(socket, 'message');
  expect(JSON.parse(String(data))).toEqual({ headline: 'It works' });

  server.close();
  await hub.close(); // closes the WebSocket, so that the server can close
});
// #endregion
