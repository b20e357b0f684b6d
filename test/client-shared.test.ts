import type { Server } from 'node:http';
import type { Connection } from '@pushwire/client';
import { connectShared, type SharedOptions } from '@pushwire/client/shared';
import { createHub, type Hub } from '@pushwire/core';
import { Locks } from '../packages/client/test/kit/locks';
import { type Adapter, adapters, type Running } from './kit/adapters';
import { Published, SeenHistory } from './kit/history';
import { until } from './kit/until';

// Many tabs, one connection. Node's BroadcastChannel connects the tabs; a queue stands for Web Locks.

const names = ['a'];

describe('connectShared', () => {
  let hub: Hub;
  let app: Running;
  let published: Published;
  let locks: Locks;
  const wrong: unknown[] = [];
  const receivedByServer: unknown[] = [];

  /** A tab whose history is checked while it receives. */
  interface OpenTab {
    readonly connection: Connection;
    readonly history: SeenHistory;
  }
  const tabs: OpenTab[] = [];

  const open = (options: SharedOptions = {}): OpenTab => {
    const history = new SeenHistory(published, names);
    const connection = connectShared(`${app.url}/a`, { locks, retry: 50, memory: new Map(), ...options });
    const attempt = (act: () => void) => {
      try {
        act();
      } catch (error) {
        wrong.push(error);
      }
    };
    connection.onStatus(({ status }) => {
      if (status === 'open' && !history.subscribed) attempt(() => history.stands(connection.cursor as string));
    });
    connection.onAny(({ id, data }) => attempt(() => history.message(id as string, data)));
    connection.onGap((gap) => attempt(() => history.gap(gap)));
    const tab = { connection, history };
    tabs.push(tab);
    return tab;
  };
  const publish = async () => {
    const data = { n: published.head('a') + 1 };
    published.add('a', data);
    await hub.channel('a').publish(data);
  };
  const allOpen = () => until('all are open', () => tabs.every(({ history }) => history.subscribed));
  const allSeen = () =>
    until('all have seen all', () => {
      if (wrong.length > 0) throw wrong[0];
      return tabs.every(({ history }) => {
        try {
          history.expectComplete();
          return true;
        } catch {
          return false;
        }
      });
    });

  beforeEach(async () => {
    hub = createHub();
    locks = new Locks();
    published = new Published();
    receivedByServer.length = 0;
    const onMessage = (data: unknown) => void receivedByServer.push(data);
    const webSocket = { onMessage, maxPayload: 10 };
    const adapter = adapters.find(({ name }) => name === 'Express 5') as Adapter;
    app = await adapter.start({ '/a': { source: hub.channel('a'), push: { webSocket, retry: 500 } } });
  });
  afterEach(async () => {
    for (const { connection } of tabs.splice(0)) connection.close();
    await hub.close();
    (app.server as Server).closeAllConnections();
    await app.close();
    expect(wrong.splice(0)).toEqual([]);
  });

  it('holds one connection for ten tabs, which all receive everything', async () => {
    for (let n = 0; n < 10; n++) open();
    await allOpen();
    for (let n = 0; n < 20; n++) await publish();
    await allSeen();
    expect(hub.stats().connections).toBe(1);
    expect(tabs.map(({ connection }) => connection.transport)).toEqual(Array(10).fill('sse'));
  });

  it('loses and repeats nothing when one leader after the other closes', async () => {
    for (let n = 0; n < 5; n++) open();
    await allOpen();
    const publishing = setInterval(publish, 5);
    for (let n = 0; n < 4; n++) {
      const head = published.head('a');
      await until('some have arrived', () => published.head('a') > head + 5);
      tabs.shift()?.connection.close();
      const before = tabs[0]?.history.messages ?? 0;
      await until('it goes on', () => (tabs[0]?.history.messages ?? 0) > before + 5);
    }
    clearInterval(publishing);
    await publish();
    await allSeen();
    expect([tabs.length, hub.stats().connections]).toEqual([1, 1]);
  });

  it('lets a late tab catch up from its own cursor, and then follow the leader', async () => {
    open();
    await allOpen();
    for (let n = 0; n < 5; n++) await publish();
    await allSeen();
    const seen: unknown[] = [];
    const late = connectShared(`${app.url}/a`, { locks, cursor: '0', memory: new Map() });
    late.onAny(({ data }) => seen.push(data));
    await until('it has caught up', () => seen.length === 5);
    await until('it follows the leader', () => hub.stats().connections === 1 && late.status === 'open');
    await publish();
    await until('it has arrived', () => seen.length === 6);
    expect(seen).toEqual([1, 2, 3, 4, 5, 6].map((n) => ({ n })));
    late.close();
  });

  it('sends for every tab', async () => {
    open();
    open();
    await allOpen();
    for (const [n, { connection }] of tabs.entries()) await connection.send(`tab ${n}`);
    expect(receivedByServer).toEqual(['tab 0', 'tab 1']);
    const [, follower] = tabs;
    await expect(follower?.connection.send('x'.repeat(11))).rejects.toMatchObject({ code: 'refused', status: 413 });
  });

  it('ends in all tabs with its channel, and in one tab by close()', async () => {
    for (let n = 0; n < 3; n++) open();
    await allOpen();
    tabs[0]?.connection.close();
    await until('another leads', () => hub.stats().connections === 1 && tabs[1]?.connection.status === 'open');
    expect(tabs.map(({ connection }) => connection.status)).toEqual(['ended', 'open', 'open']);
    await hub.channel('a').end();
    await until('all have ended', () => tabs.every(({ connection }) => connection.status === 'ended'));
  });

  it('connects each tab for itself in a runtime without locks', async () => {
    const connections = [1, 2].map(() => connectShared(`${app.url}/a`, { memory: new Map() }));
    await until('both are open', () => connections.every(({ status }) => status === 'open'));
    expect(hub.stats().connections).toBe(2);
    for (const connection of connections) connection.close();
  });
});
