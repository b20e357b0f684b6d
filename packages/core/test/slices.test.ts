import { createHub } from '../src/hub';
import { connect, type TestClient } from './kit/client';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a message for very many', () => {
  const many = 1200;
  const atOnce = 500;

  async function crowd() {
    const hub = createHub();
    const clients: TestClient[] = [];
    for (let n = 0; n < many; n++) clients.push(await connect(hub, ['news']));
    const channel = hub.channel('news');
    const having = (data: string) => clients.filter((client) => client.data().includes(data)).length;
    return { hub, clients, channel, having };
  }

  it('goes out in slices, with turns of the event loop for others in between', async () => {
    const { channel, having } = await crowd();
    await channel.publish('one');
    const counts: number[] = [];
    for (let n = 0; n < 4; n++) {
      await turn();
      counts.push(having('one'));
    }
    expect(counts).toEqual([atOnce, 2 * atOnce, many, many]);
  });

  it('brings each client everything once and in order, whatever comes in between', async () => {
    const { hub, clients, channel } = await crowd();
    const expected: string[] = [];
    for (let n = 0; n < 20; n++) {
      expected.push(String(n));
      await channel.publish(n);
      if (n % 3 > 0) await turn();
      // Somebody leaves who has it, somebody who has not; somebody lags, somebody comes.
      clients[n]?.sink.leave();
      clients[many - 1 - n]?.sink.leave();
      if (n === 5) clients[700]?.sink.leave();
      if (n === 7) {
        const late = await connect(hub, ['news'], '0');
        expect(late.data()).toEqual(expected);
        clients.push(late);
      }
    }
    for (let n = 0; n < 10; n++) await turn();
    const left = clients.filter(({ sink }) => !sink.gone);
    expect(left).toHaveLength(many + 1 - 41);
    for (const client of left) expect(client.data()).toEqual(expected);
  });

  it('is out, to the last of them, before the hub says goodbye', async () => {
    const { hub, clients, channel } = await crowd();
    await channel.publish('last');
    await turn();
    await hub.close();
    for (const { events } of clients) {
      expect(events().map(({ event }) => event)).toEqual(['pushwire:open', 'message', 'pushwire:retry']);
    }
  });

  it('ends all of them with their channel', async () => {
    const { hub, clients, channel } = await crowd();
    await channel.publish('last');
    await channel.end();
    for (let n = 0; n < 4; n++) await turn();
    for (const client of clients) expect(client.events().at(-1)?.event).toBe('pushwire:end');
    expect(hub.connections).toBe(0);
  });
});
