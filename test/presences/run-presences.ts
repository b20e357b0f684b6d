import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createHub } from '@pushwire/core';
import { redisBackplane } from '@pushwire/redis';
import { Redis } from 'ioredis';
import { HubServer, quiet } from '../backplanes/hub-server';
import { PausableClock } from '../backplanes/pausable-clock';
import { RedisServer } from '../kit/redis-server';
import { openStream } from '../kit/stream-client';

// What it costs when a crowd is present over Redis: it joins on two nodes, stays, changes, also by
// another node, and both nodes die. A third node has a client that follows. All times are in ms.

const { values } = parseArgs({
  options: {
    members: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '10' },
    every: { type: 'string', default: '0' },
    names: { type: 'string', default: 'true' },
  },
});
const members = Number(values.members);
const seconds = Number(values.seconds);
const presence = { every: Number(values.every), names: values.names === 'true', lease: 15_000 };

async function main() {
  const server = await RedisServer.start();
  const admin = server.client();
  await admin.config('SET', 'slowlog-log-slower-than', '1000', 'slowlog-max-len', '10000');
  const nodes = [1, 2, 3].map(() => {
    const clock = new PausableClock();
    const backplane = redisBackplane({ client: new Redis(server.port, { lazyConnect: true }) });
    return { clock, hub: createHub({ clock, presence, backplane, logger: quiet }) };
  });
  const rooms = nodes.map(({ hub }) => hub.presence<{ name: string; n: number }>('crowd'));
  const [, , follower] = nodes as [unknown, unknown, (typeof nodes)[0]];
  const served = await HubServer.start(follower.hub);
  while (!(await served.takesClients())) await sleep(50);
  const client = await openStream(`${served.url}?presence=crowd`, false);

  const figures = async () => {
    const cpu = await admin.info('cpu');
    const [user, system] = ['user', 'sys'].map((kind) =>
      Number(new RegExp(`used_cpu_${kind}:([\\d.]+)`).exec(cpu)?.[1]),
    );
    const scripts = /cmdstat_evalsha:calls=(\d+)/.exec(await admin.info('commandstats'))?.[1];
    const slow = (await admin.call('SLOWLOG', 'GET', '10000')) as [number, number, number][];
    await admin.call('SLOWLOG', 'RESET');
    const longest = Math.max(0, ...slow.map(([, , micros]) => micros)) / 1000;
    return {
      cpu: 1000 * ((user ?? 0) + (system ?? 0)),
      scripts: Number(scripts ?? 0),
      bytes: client.text().length,
      longest,
    };
  };
  const measure = async (what: string, act: () => Promise<unknown>) => {
    const before = await figures();
    const began = Date.now();
    await act();
    const took = Date.now() - began;
    const after = await figures();
    const [cpu, scripts, bytes] = (['cpu', 'scripts', 'bytes'] as const).map((name) => after[name] - before[name]);
    console.log(
      JSON.stringify({
        what,
        took,
        redisCpu: Math.round(cpu ?? 0),
        scripts,
        bytesToClient: bytes,
        longestScript: after.longest,
      }),
    );
  };
  const shows = async (count: number) => {
    while ((await follower.hub.presence('crowd').count()) !== count) await sleep(500);
  };

  await measure(`${members} join in ${seconds} s`, async () => {
    const turns = seconds * 50;
    for (let turn = 0, n = 0; turn < turns; turn++) {
      for (; n < (members * (turn + 1)) / turns; n++) rooms[n % 2]?.join(`user-${n}`, { name: `User ${n}`, n });
      await sleep(20);
    }
    await sleep(500);
  });
  await measure('they stay for 10 s', () => sleep(10_000));
  await measure('all are read', () => follower.hub.presence('crowd').members());
  await measure('all are counted', () => follower.hub.presence('crowd').count());
  await measure('1000 change at once', async () => {
    for (let n = 0; n < 1000; n++) rooms[n % 2]?.update(`user-${n}`, { name: `User ${n}`, n: -1 });
    await sleep(1000);
  });
  await measure('a node that has none of them updates 1000 for 3 s, 30 times a second', async () => {
    for (let turn = 0; turn < 90; turn++) {
      for (let n = 0; n < 1000; n++) rooms[2]?.update(`user-${n}`, { name: `User ${n}`, n: turn });
      await sleep(33);
    }
    await rooms[2]?.update('user-0', { name: 'User 0', n: 0 });
  });
  await measure('both nodes die', async () => {
    for (const { clock } of nodes.slice(0, 2)) clock.pause();
    const wanted = presence.names ? /deleted":true/g : /deleted/g;
    while ((client.text().match(wanted)?.length ?? 0) < (presence.names ? members : 1)) await sleep(100);
  });
  await shows(0);
  console.log(JSON.stringify({ memory: (await admin.info('memory')).match(/used_memory_human:(\S+)/)?.[1] }));
  await served.close();
  await server.stop();
  process.exit();
}

main();
