import { createServer, type Server } from 'node:http';
import { createHub, type Hub, PushwireError, serveSse } from '@pushwire/core';
import { events } from '@pushwire/core/testing';
import request from 'supertest';
import { Store, storeBackplane } from './backplane';

const hubs: Hub[] = [];

/** A hub of the store, and a server for its channel `news`. */
function start(store: Store): { hub: Hub; server: Server; publish(text: string): Promise<string> } {
  const hub = createHub({ backplane: storeBackplane(store), logger: { debug() {}, info() {}, error() {} } });
  hubs.push(hub);
  const serve = serveSse(hub.channel('news'));
  const server = createServer((incoming, response) => void serve(incoming, response, incoming));
  return { hub, server, publish: (text) => hub.channel('news').publish(text) };
}

afterEach(async () => {
  await Promise.all(hubs.splice(0).map((hub) => hub.close()));
});

/** Resolves when both hubs follow the channel. */
async function connected(hub: Hub, count: number): Promise<void> {
  while ((await hub.channel('news').reportedConnections()) < count) await new Promise(setImmediate);
}

/** A store whose announcements can be lost or late, as those of a network are. */
class FaultyStore extends Store {
  isLosing = false;
  isDown = false;

  override subscribe(...[channel, listener]: Parameters<Store['subscribe']>): () => void {
    return super.subscribe(channel, (stored) => this.isLosing || listener(stored));
  }

  override async read(...words: Parameters<Store['read']>): ReturnType<Store['read']> {
    if (this.isDown) throw new PushwireError('backplane-unavailable', 'The store is down.');
    return super.read(...words);
  }
}

test('a client gets what another process publishes, and resumes there', async () => {
  const store = new Store();
  const [here, there] = [start(store), start(store)];
  const live = events(request(there.server).get('/'), { take: 2 });
  await connected(here.hub, 1);
  const ids = [await here.publish('1'), await there.publish('2')];
  expect((await live).messages.map(({ data, id }) => [data, id])).toEqual([
    ['1', ids[0]],
    ['2', ids[1]],
  ]);

  const resumed = await events(request(here.server).get('/').set('Last-Event-ID', `${ids[0]}`), { take: 1 });
  expect(resumed.events.map(({ event, data }) => [event, data]).slice(1)).toEqual([['message', '2']]);
});

test('a lost announcement is read when the next one shows the hole', async () => {
  const store = new FaultyStore();
  const here = start(store);
  const live = events(request(here.server).get('/'), { take: 3 });
  await connected(here.hub, 1);
  await here.publish('1');
  store.isLosing = true;
  await here.publish('2');
  store.isLosing = false;
  await here.publish('3');
  const { events: all, messages } = await live;
  expect(messages.map(({ data }) => data)).toEqual(['1', '2', '3']);
  expect(all).toHaveLength(4);
});

test('a client that is ahead of this process gets no gap', async () => {
  const store = new FaultyStore();
  const here = start(store);
  const live = events(request(here.server).get('/'), { take: 3 });
  await connected(here.hub, 1);
  store.isLosing = true;
  await here.publish('1');
  const id = await here.publish('2');
  const ahead = events(request(here.server).get('/').set('Last-Event-ID', id), { take: 1 });
  await connected(here.hub, 2);
  store.isLosing = false;
  await here.publish('3');
  expect((await ahead).events.map(({ event }) => event)).toEqual(['pushwire:open', 'message']);
  expect((await live).messages.map(({ data }) => data)).toEqual(['1', '2', '3']);
});

test('a store that lost everything is announced as a gap', async () => {
  const store = new Store();
  const here = start(store);
  const live = events(request(here.server).get('/'), { take: 3 });
  await connected(here.hub, 1);
  const ids = [await here.publish('1'), await here.publish('2')];
  // The hub writes when the turn of the event loop is over.
  await new Promise(setImmediate);
  store.restart();
  ids.push(await here.publish('3'));
  const { events: all } = await live;
  expect(all.map(({ event }) => event)).toEqual(['pushwire:open', 'message', 'message', 'pushwire:gap', 'message']);
  expect(JSON.parse(all[3]?.data ?? '')).toMatchObject({ reason: 'epoch' });
  expect(all[4]).toMatchObject({ data: '3', id: ids[2] });
});

test('while the store is down, clients are asked to come back', async () => {
  const store = new FaultyStore();
  const here = start(store);
  store.isDown = true;
  const { status, events: all } = await events(request(here.server).get('/'));
  expect([status, all.map(({ event }) => event)]).toEqual([200, ['pushwire:retry']]);
});
