import { createHub, type Hub, type Presence } from '@pushwire/core';
import { adapters, type Running } from './kit/adapters';
import { openStream } from './kit/stream-client';
import { until } from './kit/until';
import { openWebSocket } from './kit/web-socket-client';

describe.each(adapters)('who is present on $name', ({ http2, start }) => {
  let hub: Hub;
  let app: Running;
  let count = 0;
  let room: Presence;
  let name = '';
  const errors: unknown[] = [];

  beforeAll(async () => {
    hub = createHub({ presence: { grace: 0 }, logger: { debug() {}, info() {}, error() {} } });
    let connections = 0;
    app = await start({
      '/room': {
        source: () => hub.channel(name),
        push: {
          presence: () => ({ channel: name, id: 'anna', data: { n: ++connections } }),
          longPoll: { wait: 20_000, clientGrace: 50 },
        },
      },
      '/two': {
        source: () => hub.channel(name),
        push: {
          presence: async () => [
            { channel: room, id: 'a' },
            { channel: room, id: 'b' },
          ],
        },
      },
      '/nobody': { source: () => hub.channel(name), push: { presence: () => undefined } },
      '/bad': {
        source: () => hub.channel(name),
        push: { presence: () => ({ channel: room, id: '' }), onError: (error) => void errors.push(error) },
      },
      '/who': { source: () => room },
    });
  });
  beforeEach(() => {
    name = `room ${++count}`;
    room = hub.presence(name);
    errors.length = 0;
  });
  afterAll(async () => {
    await hub.close();
    await app.close();
  });

  const ids = async () => (await room.members()).map(({ id }) => id).join();
  const are = (wanted: string) => until(`the members are "${wanted}"`, async () => (await ids()) === wanted);

  it.each(['sse', 'ndjson', 'comet', 'long-poll'])('is known of clients over %s', async (transport) => {
    const opening = openStream(`${app.url}/room?transport=${transport}&cursor=0&client=one`, http2);
    await are('anna');
    // A poll that is held has no answer yet.
    if (transport === 'long-poll') await hub.channel(name).publish('the poll ends');
    (await opening).leave();
    await are('');
  });

  it('is known of clients over WebSockets', async () => {
    const client = await openWebSocket(`${app.url}/room`, { http2 });
    await are('anna');
    client.leave();
    await are('');
  });

  it('is one member for all of its connections', async () => {
    const clients = [await openStream(`${app.url}/room`, http2), await openStream(`${app.url}/room`, http2)];
    await are('anna');
    expect(await room.count()).toBe(1);
    clients[0]?.leave();
    await until('one has left', () => hub.stats().connections === 1);
    expect(await ids()).toBe('anna');
    clients[1]?.leave();
    await are('');
  });

  it('may be several members, or nobody, and only an error of the app where it cannot be', async () => {
    const client = await openStream(`${app.url}/two`, http2);
    await are('a,b');
    client.leave();
    await are('');
    const nobody = await openStream(`${app.url}/nobody`, http2);
    await nobody.until(({ events }) => events().length > 0);
    const bad = await openStream(`${app.url}/bad`, http2);
    await bad.until(({ events }) => events().length > 0);
    await until('the app is told', () => errors.length > 0);
    expect(String(errors[0])).toMatch(/TypeError: id of a member of ".+": expected a string of 1 to 255 characters/);
    expect(await ids()).toBe('');
    nobody.leave();
    bad.leave();
  });

  it('is followed like a state', async () => {
    const who = await openStream(`${app.url}/who`, http2);
    const client = await openStream(`${app.url}/room`, http2);
    await who.until(({ data }) => data().length === 1);
    client.leave();
    await who.until(({ data }) => data().length === 2);
    const [came, left] = who.data().map((text) => JSON.parse(text));
    expect([came, left]).toEqual([
      { key: 'anna', data: { n: expect.any(Number) } },
      { key: 'anna', deleted: true },
    ]);
    who.leave();
  });
});
