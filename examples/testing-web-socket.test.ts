// #region testing-web-socket
import { createServer } from 'node:http';
import { listen } from '@pushwire/core/testing';
import { acceptUpgrades, createHub, webSocket } from '@pushwire/express';
import express from 'express';
import request from 'supertest';

test('what a client sends reaches the others', async () => {
  const chat = createHub().channel('chat');
  const app = express().get('/chat', webSocket(chat, { onMessage: (text) => chat.publish(String(text)) }));
  const server = createServer(app);
  acceptUpgrades(server, app);

  const connect = () => listen(request(server).get('/chat'), { transport: 'websocket' });
  const [ann, bob] = [connect(), connect()];
  await Promise.all([ann.opened, bob.opened]);
  ann.send('hello');

  expect((await bob.next()).data).toBe('hello');
  await Promise.all([ann.close(), bob.close()]);
});
// #endregion
