import { join } from 'node:path';
import { build } from '../kit/build';
import { Child } from '../kit/child';
import { until } from '../kit/until';
import { Crowd } from './stall/crowd';
import type { handlers } from './stall/server';
import { runStall } from './stall/stall';

// Clients that read nothing cost the server and others almost nothing. In full: npm run stall.

beforeAll(() => build('packages/express'));

const plan = { healthy: 10, stalled: 60, messageBytes: 65_536, perTurn: 2 };

describe('clients that read nothing', () => {
  it('cost little memory, delay no other client, and get one gap and all later messages once they read again', async () => {
    const { before, peak, lagging, complete, oneGap, moreGaps } = await runStall({ ...plan, bytes: 64e6 });
    expect(peak.rss - before.rss).toBeLessThan(50e6);
    expect({ lagging, complete, oneGap, moreGaps }).toEqual({ lagging: 60, complete: 0, oneGap: 60, moreGaps: 0 });
  });

  it('get everything that the log still has', async () => {
    const { complete } = await runStall({ ...plan, bytes: 900_000 });
    expect(complete).toBe(60);
  });

  it('are closed as stalled after the stall timeout', async () => {
    const options = { stallTimeout: 1000, heartbeat: 200 };
    const child = Child.start<typeof handlers>(join(__dirname, 'stall/server.ts'), [], { options });
    const crowds: Crowd[] = [];
    try {
      const port = await child.call('port');
      const [healthy, stalled] = [new Crowd(port), new Crowd(port, true)];
      crowds.push(healthy, stalled);
      for (let n = 0; n < 5; n++) healthy.add('sse');
      for (let n = 0; n < 10; n++) stalled.add(n % 2 === 0 ? 'sse' : 'websocket');
      await until('all are connected', async () => (await child.call('stats')).connections === 15);
      let last = 0;
      for (let turn = 0; turn < 80; turn++) {
        last = await child.call('publish', { messages: 2, bytes: 65_536 });
        await healthy.untilAll(last);
      }
      await until('the stalled are closed', async () => (await child.call('stats')).connections === 5);
      expect((await child.call('stats')).closed).toEqual({ stalled: 10 });
      last = await child.call('publish', { messages: 1, bytes: 100 });
      await healthy.untilAll(last);
    } finally {
      for (const crowd of crowds) crowd.close();
      await child.stop();
    }
  });
});
