import type { Group } from '../../src/delivery/group';
import { HeldPoll } from '../../src/delivery/held-poll';
import type { Answers } from '../../src/delivery/sink';
import { pollBody } from '../../src/encoders/poll';
import { createHub, engineFor } from '../../src/hub/hub';
import type { Batch } from '../../src/log/batch';
import { FakeSink } from '../../src/testing';
import { connect, type TestClient } from '../kit/client';

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

  it('is not hurried by who comes meanwhile, and who comes gets each message once', async () => {
    const { hub, clients, channel, having } = await crowd();
    await channel.publish('one');
    await turn();
    const newcomers = [await connect(hub, ['news'], '0'), await connect(hub, ['news'])];
    expect(having('one')).toBe(atOnce);
    newcomers[1]?.sink.leave();
    await turn();
    await turn();
    expect(having('one')).toBe(many);
    await channel.publish('two');
    for (let n = 0; n < 4; n++) await turn();
    expect(newcomers.map(({ data }) => data())).toEqual([['one', 'two'], []]);
    for (const { data } of clients) expect(data()).toEqual(['one', 'two']);
  });

  it('hands on at once what is new to the group when somebody comes who has it already', async () => {
    const { hub, clients, channel } = await crowd();
    await channel.publish('one');
    await turn();
    await channel.publish('two');
    const late = await connect(hub, ['news'], '0');
    await channel.publish('three');
    for (let n = 0; n < 6; n++) await turn();
    for (const { data } of [...clients, late]) expect(data()).toEqual(['one', 'two', 'three']);
  });

  it('reaches held polls whose wait is over meanwhile', async () => {
    const hub = createHub();
    const format = { name: 'poll', transport: 'long-poll' as const, batch: (batch: Batch) => pollBody(batch) };
    const responder = {
      answer: (to: Answers, batch: Batch) => to.answer(200, {}, Buffer.from(pollBody(batch))),
      answerShared: (to: Answers, bytes: Uint8Array) => to.answer(200, {}, bytes),
    };
    const polls = Array.from({ length: many }, () => {
      const group = engineFor([], hub).groups.join(format, ['news'], 'now') as Group;
      const poll = new HeldPoll(engineFor([], hub), group, new FakeSink(), responder);
      poll.hold(60_000);
      return poll;
    });
    await hub.channel('news').publish('one');
    await turn();
    polls.at(-1)?.tick();
    for (let n = 0; n < 4; n++) await turn();
    for (const { sink } of polls) expect((sink as FakeSink).answered?.body).toContain('"one"');
  });

  it('loses nothing for those who are live, even where nothing is kept', async () => {
    const hub = createHub({ log: { count: 0 } });
    const clients: TestClient[] = [];
    for (let n = 0; n < 2 * many; n++) clients.push(await connect(hub, ['news']));
    const sent = ['a', 'b', 'c', 'd', 'e'];
    for (const text of sent) {
      await hub.channel('news').publish(text);
      await turn();
    }
    for (let n = 0; n < 10; n++) await turn();
    for (const { data } of clients) expect(data()).toEqual(sent);
  });

  it('goes out in slices of the same size when more is published in each turn', async () => {
    const { clients, channel } = await crowd();
    const writes = () => clients.reduce((sum, { sink }) => sum + sink.writes.length, 0);
    const written: number[] = [];
    for (let n = 0; n < 8; n++) {
      const before = writes();
      await channel.publish(n);
      await turn();
      written.push(writes() - before);
    }
    // The end of one hand-out and the beginning of the next may fall into one turn.
    expect(Math.max(...written)).toBeLessThan(2 * atOnce);
    expect(written.reduce((sum, each) => sum + each)).toBeGreaterThan(2 * many);
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
