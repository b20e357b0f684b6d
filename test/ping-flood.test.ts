import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { createHub, serveWebSocket } from '@pushwire/core';
import { acceptUpgrades, rawWebSocket, webSocket } from '@pushwire/express';
import express from 'express';
import { WebSocketServer } from 'ws';
import { until } from './kit/until';
import { clientFrame } from './kit/web-socket-client';

// A client may send pings and never read the answers (RFC 6455, 5.5.2).

describe.each(['/channel', '/raw'])('a flood of pings at %s', (path) => {
  const hub = createHub();
  let server: Server;
  let served: Socket;

  beforeAll(async () => {
    const app = express();
    app.get('/channel', webSocket(hub.channel('news'), { onMessage: () => {} }));
    app.get(
      '/raw',
      rawWebSocket(() => {}),
    );
    server = createServer(app).listen(0, '127.0.0.1');
    acceptUpgrades(server, app);
    server.on('connection', (socket) => {
      served = socket;
    });
    await once(server, 'listening');
  });
  afterAll(async () => {
    await hub.close();
    await new Promise((resolve) => server.close(resolve));
  });

  it('leaves few bytes in the socket of a client that reads nothing', async () => {
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.on('error', () => {});
    client.pause();
    const handshake = ['Host: x', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
    client.write(
      [`GET ${path} HTTP/1.1`, ...handshake, 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', '\r\n'].join('\r\n'),
    );
    await until('it is served', () => served !== undefined && served.bytesWritten > 0);
    const pings = Buffer.concat(Array.from({ length: 500 }, () => clientFrame(9, Buffer.alloc(125))));
    let most = 0;
    // The kernel's buffers take the first megabytes of answers.
    for (let sent = 0; sent < 40_000_000 && !served.destroyed; sent += pings.length) {
      await new Promise<void>((resolve) => {
        client.once('close', resolve);
        client.write(pings, () => {
          client.off('close', resolve);
          resolve();
        });
      });
      most = Math.max(most, served.writableLength);
    }
    expect(most).toBeLessThan(256 * 1024);
    client.destroy();
    await until('it is gone', () => served.destroyed);
  });
});

it('an older library is warned of, once', () => {
  class OldServer extends WebSocketServer {
    override options = {};
  }
  const warnings = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const hub = createHub();
  for (let n = 0; n < 2; n++) serveWebSocket(hub.channel('a'), {}, { WebSocketServer: OldServer as never });
  serveWebSocket(hub.channel('a'), {}, { WebSocketServer });
  expect(warnings.mock.calls).toEqual([[expect.stringMatching(/^ws before 8\.23\.0 /), { type: 'PushwireWarning' }]]);
  warnings.mockRestore();
});
