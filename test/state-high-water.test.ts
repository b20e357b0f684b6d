import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { acceptUpgrades, createHub, type Hub, type HubOptions, push } from '@pushwire/express';
import express from 'express';
import { until } from './kit/until';

const valueBytes = 4000;

const requests = {
  sse: 'Accept: text/event-stream\r\n',
  websocket: [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n',
  ].join('\r\n'),
};

/** Connects a client that reads nothing, writes until it lags, and returns what waits for it. */
async function waitingBytes(
  kind: keyof typeof requests,
  path: string,
  options: HubOptions,
  write: (hub: Hub, n: number) => unknown,
) {
  const hub = createHub({ log: { bytes: 64e6, count: 1e6 }, ...options });
  const app = express();
  app.get(
    '/state',
    push(() => hub.state('prices')),
  );
  app.get(
    '/channel',
    push(() => hub.channel('prices')),
  );
  const server = createServer(app);
  acceptUpgrades(server, app);
  const accepted = once(server, 'connection');
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
  client.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n${requests[kind]}\r\n`);
  const [socket] = (await accepted) as [Socket];
  await until('it is connected', () => hub.stats().connections === 1);
  for (let n = 0; hub.stats().lagging === 0; n++) {
    await write(hub, n);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const waiting = socket.writableLength;
  client.destroy();
  await hub.close();
  server.close();
  return waiting;
}

const text = 'x'.repeat(valueBytes);
const set = (hub: Hub, n: number) => hub.state('prices').set(`key ${n % 10}`, text);
const publish = (hub: Hub) => hub.channel('prices').publish(text);

describe.each(Object.keys(requests) as (keyof typeof requests)[])('a client over %s that reads nothing', (kind) => {
  it('has 16 KiB of a state waiting for it at most, and what one write adds', async () => {
    const waiting = await waitingBytes(kind, '/state', {}, set);
    expect(waiting).toBeGreaterThan(16 * 1024);
    expect(waiting).toBeLessThan(16 * 1024 + 2 * valueBytes);
  });

  it('has 256 KiB of a channel', async () => {
    expect(await waitingBytes(kind, '/channel', {}, publish)).toBeGreaterThan(256 * 1024);
  });

  it('has as much of both as the hub says', async () => {
    const options = { highWaterMark: 100_000 };
    for (const waiting of [
      await waitingBytes(kind, '/state', options, set),
      await waitingBytes(kind, '/channel', options, publish),
    ]) {
      expect(waiting).toBeGreaterThan(100_000);
      expect(waiting).toBeLessThan(100_000 + 2 * valueBytes);
    }
  });
});
