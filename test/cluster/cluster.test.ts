import { setTimeout as pause } from 'node:timers/promises';
import { channels, makeCast } from '../faults/backplane/cast';
import type { Published } from '../faults/backplane/node';
import type { NodeProcess } from '../faults/backplane/node-process';
import { Publishers } from '../faults/backplane/publishers';
import { build } from '../kit/build';
import { bundle } from '../kit/bundle';
import { Child } from '../kit/child';
import { freePort } from '../kit/free-port';
import { Gate } from '../kit/gate';
import { Ledger } from '../kit/ledger';
import { Random } from '../kit/random';
import { until } from '../kit/until';
import type { handlers } from './app';

// Workers of node:cluster on one port are killed and restarted, while clients come and go on all
// transports. The broker in the primary lives on, so that no client has a gap.

type App = Child<typeof handlers>;

/** The app as the publishers and clients of the fault trials see a node. */
function nodeAt(port: number): NodeProcess {
  const urlOf = (channel: string) => `http://127.0.0.1:${port}/${channel}`;
  const node = {
    isUp: true,
    clients: { port },
    async publish(channel: string, data: unknown, key?: string): Promise<Published | undefined> {
      const body = JSON.stringify({ data, ...(key !== undefined && { key }) });
      const headers = { 'content-type': 'application/json', connection: 'close' };
      // A worker that was killed has perhaps published.
      const response = await fetch(urlOf(channel), { method: 'POST', headers, body }).catch(() => undefined);
      return (await response?.json().catch(() => undefined)) as Published | undefined;
    },
    async end(channel: string): Promise<void> {
      const ended = await fetch(urlOf(channel), { method: 'DELETE' }).catch(() => undefined);
      if (!ended?.ok) throw new Error('PushwireError: it has not ended');
    },
  };
  return node as unknown as NodeProcess;
}

describe('workers of node:cluster', () => {
  let file = '';
  beforeAll(async () => {
    await build('packages/express', 'packages/cluster');
    file = await bundle('cluster/app.ts');
  });

  it.each([
    ['are killed', (app: App, random: Random) => app.call('kill', random.between(0, 1))],
    ['are restarted one after the other', (app: App) => app.call('restart')],
  ])('lose nothing when they %s', async (_what, harm) => {
    const app: App = Child.start<typeof handlers>(file);
    const random = new Random(7);
    const port = await freePort();
    await app.call('start', port);
    // While no worker listens, it resets connections, as a balancer does.
    const gate = await Gate.start(port);
    const nodes = [nodeAt(gate.port)];
    const ledger = new Ledger();
    const publishers = new Publishers(nodes, channels, ledger, random.fork());
    const cast = makeCast(16, nodes, ledger, random.fork());
    const runs = cast.map(({ client }) => client.run());
    const publishing = publishers.publish(3);
    try {
      for (let n = 0; n < 4; n++) {
        await harm(app, random);
        await publishers.recovery();
        await pause(random.between(0, 300));
      }
      publishers.stop();
      await publishing;
      await publishers.finish();
      await Promise.all(runs);
      for (const { client, history } of cast) {
        client.expectComplete();
        expect(history.gaps).toBe(0);
      }
      for (const channel of channels) expect(ledger.lives(channel)).toBe(1);
      expect(ledger.outcomes.acknowledged).toBeGreaterThan(20);
    } finally {
      publishers.stop();
      for (const { client } of cast) client.stop();
      await Promise.allSettled([...runs, publishing]);
      await app.stop();
      await gate.close();
    }
  });

  it('end with their primary', async () => {
    const app: App = Child.start<typeof handlers>(file);
    const port = await freePort();
    await app.call('start', port);
    const answers = () =>
      fetch(`http://127.0.0.1:${port}/one?transport=poll&cursor=0`).then(
        () => true,
        () => false,
      );
    expect(await answers()).toBe(true);
    await app.stop();
    await until('nobody listens', async () => !(await answers()));
  });
});
