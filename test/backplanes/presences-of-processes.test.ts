import { createHub, type Hub } from '@pushwire/core';
import { redisBackplane } from '@pushwire/redis';
import { Redis } from 'ioredis';
import { bundle } from '../kit/bundle';
import { Child } from '../kit/child';
import { RedisServer, redisServer } from '../kit/redis-server';
import { openStream, type StreamClient } from '../kit/stream-client';
import { describeWith } from '../kit/system-program';
import { until } from '../kit/until';
import { HubServer, quiet } from './hub-server';
import type { handlers } from './presence-node';
import { StateReader } from './state-reader';

const settings = { lease: 3000, grace: 1000 };
/** Milliseconds after a death in which others know of it on any machine. */
const knownMs = 2 * settings.lease;

describeWith(redisServer, 'the members of processes', () => {
  let server: RedisServer;
  let file = '';
  let hub: Hub;
  let served: HubServer;
  let reader: StateReader;
  const children: Child<typeof handlers>[] = [];
  const clients: StreamClient[] = [];

  beforeAll(async () => {
    [server, file] = await Promise.all([RedisServer.start(), bundle('backplanes/presence-node.ts')]);
  });
  beforeEach(async () => {
    const backplane = redisBackplane({ client: new Redis(server.port, { lazyConnect: true }), checkInterval: 600_000 });
    hub = createHub({ backplane, logger: quiet, presence: settings });
    served = await HubServer.start(hub);
    await until('clients are accepted', () => served.takesClients());
    reader = new StateReader('presence');
    await reader.connect(served.url, 'room');
  });
  afterEach(async () => {
    reader.leave();
    for (const client of clients.splice(0)) client.leave();
    await Promise.all(children.splice(0).map((child) => child.stop()));
    await served.close();
    const admin = server.client();
    await admin.flushall();
    admin.disconnect();
  });
  afterAll(() => server.stop());

  const start = async () => {
    const child = Child.start<typeof handlers>(file, [], { port: server.port, ...settings });
    children.push(child);
    return { child, url: await child.call('url') };
  };
  const come = async ({ url }: { url: string }, ...ids: string[]) => {
    for (const id of ids) clients.push(await openStream(`${url}?id=${id}`, false));
    return clients.at(-1) as StreamClient;
  };
  const shows = (...ids: string[]) => reader.shows(Object.fromEntries(ids.map((id) => [id, { id }])));
  const members = async () => (await hub.presence('room').members()).map(({ id }) => id).sort();

  it('are gone after SIGKILL when the lease is over, but for those that others have too', async () => {
    const [a, b] = [await start(), await start()];
    await come(a, 'anna', 'bert', 'carl');
    await come(b, 'bert', 'dora');
    await shows('anna', 'bert', 'carl', 'dora');
    let died = Date.now();
    await a.child.stop();
    // A page that loses its connection comes again, elsewhere.
    await come(b, 'carl');
    await shows('bert', 'carl', 'dora');
    expect(Date.now() - died).toBeLessThan(knownMs);
    expect(reader.changes.toSorted()).toEqual(['-anna', 'anna', 'bert', 'carl', 'dora']);
    died = Date.now();
    await b.child.stop();
    await shows();
    expect(Date.now() - died).toBeLessThan(knownMs);
    expect(await members()).toEqual([]);
  });

  it('are gone while their process is stopped by SIGSTOP, and back after SIGCONT', async () => {
    const [a, b] = [await start(), await start()];
    await come(a, 'anna', 'bert');
    const carl = await come(a, 'carl');
    await come(b, 'bert');
    await shows('anna', 'bert', 'carl');
    const stopped = Date.now();
    a.child.process.kill('SIGSTOP');
    await shows('bert');
    expect(Date.now() - stopped).toBeLessThan(knownMs);
    expect(await members()).toEqual(['bert']);
    carl.leave();
    a.child.process.kill('SIGCONT');
    await shows('anna', 'bert');
    expect(await b.child.call('members')).toEqual(['anna', 'bert']);
    expect(reader.gaps).toBe(0);
  });

  it('are not seen to leave when a deployment replaces the process', async () => {
    const [a, b] = [await start(), await start()];
    await come(a, 'anna', 'bert');
    await shows('anna', 'bert');
    await Promise.all([a.child.call('close'), come(b, 'anna', 'bert')]);
    await a.child.stop();
    await come(b, 'carl');
    await shows('anna', 'bert', 'carl');
    await new Promise((resolve) => setTimeout(resolve, settings.lease));
    expect(reader.changes).toEqual(['anna', 'bert', 'carl']);
    expect(await members()).toEqual(['anna', 'bert', 'carl']);
  });
});
