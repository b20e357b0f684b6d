import type { Group } from '../../src/delivery/group';
import { HeldPoll } from '../../src/delivery/held-poll';
import type { AnswerTarget } from '../../src/delivery/sink';
import { pollBody } from '../../src/encoders/poll';
import { engineFor } from '../../src/hub/engine-for';
import { createHub } from '../../src/hub/hub';
import type { Batch } from '../../src/log/batch';
import { FakeSink } from '../../src/testing';
import { connect, type TestClient } from '../kit/client';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a message to many connections', () => {
  const many = 1200;
  const atOnce = 500;

  async function crowd() {
    const hub = createHub();
    const clients: TestClient[] = [];
    for (let n = 0; n < many; n++) clients.push(await connect(hub, ['news']));
    const channel = hub.channel('news');
    const countWith = (data: string) => clients.filter((client) => client.data().includes(data)).length;
    return { hub, clients, channel, countWith };
  }

  it('goes out to 500 connections in each turn of the event loop', async () => {
    const { channel, countWith } = await crowd();
    await channel.publish('one');
    const counts: number[] = [];
    for (let n = 0; n < 4; n++) {
      await turn();
      counts.push(countWith('one'));
    }
    expect(counts).toEqual([atOnce, 2 * atOnce, many, many]);
  });

  it('is not sped up by a client that connects meanwhile, which gets each message once', async () => {
    const { hub, clients, channel, countWith } = await crowd();
    await channel.publish('one');
    await turn();
    const newcomers = [await connect(hub, ['news'], '0'), await connect(hub, ['news'])];
    expect(countWith('one')).toBe(atOnce);
    newcomers[1]?.sink.leave();
    await turn();
    await turn();
    expect(countWith('one')).toBe(many);
    await channel.publish('two');
    for (let n = 0; n < 4; n++) await turn();
    expect(newcomers.map(({ data }) => data())).toEqual([['one', 'two'], []]);
    for (const { data } of clients) expect(data()).toEqual(['one', 'two']);
  });

  it('is written to the group at once when a client that has it already joins the group', async () => {
    const { hub, clients, channel } = await crowd();
    await channel.publish('one');
    await turn();
    await channel.publish('two');
    const late = await connect(hub, ['news'], '0');
    await channel.publish('three');
    for (let n = 0; n < 6; n++) await turn();
    for (const { data } of [...clients, late]) expect(data()).toEqual(['one', 'two', 'three']);
  });

  it('reaches held polls whose wait ends during the fan-out', async () => {
    const hub = createHub();
    const format = { name: 'poll', transport: 'long-poll' as const, batch: (batch: Batch) => pollBody(batch) };
    const responder = {
      answer: (to: AnswerTarget, batch: Batch) => to.answer(200, {}, Buffer.from(pollBody(batch))),
      answerShared: (to: AnswerTarget, bytes: Uint8Array) => to.answer(200, {}, bytes),
    };
    const sinks = Array.from({ length: many }, () => new FakeSink());
    const polls = sinks.map((sink) => {
      const group = engineFor([], hub).groups.join(format, ['news'], 'now') as Group;
      const poll = new HeldPoll(engineFor([], hub), group, sink, responder);
      poll.hold(60_000);
      return poll;
    });
    await hub.channel('news').publish('one');
    await turn();
    polls.at(-1)?.tick();
    for (let n = 0; n < 4; n++) await turn();
    for (const { answered } of sinks) expect(answered?.body).toContain('"one"');
  });

  it('reaches every live connection, even if the log keeps nothing', async () => {
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

  it('goes out at the same pace when more is published in each turn', async () => {
    const { clients, channel } = await crowd();
    const writes = () => clients.reduce((sum, { sink }) => sum + sink.writes.length, 0);
    const written: number[] = [];
    for (let n = 0; n < 8; n++) {
      const before = writes();
      await channel.publish(n);
      await turn();
      written.push(writes() - before);
    }
    // One turn may finish a fan-out and begin the next.
    expect(Math.max(...written)).toBeLessThan(2 * atOnce);
    expect(written.reduce((sum, each) => sum + each)).toBeGreaterThan(2 * many);
  });

  it('reaches each client once and in order while others connect and leave', async () => {
    const { hub, clients, channel } = await crowd();
    const expected: string[] = [];
    for (let n = 0; n < 20; n++) {
      expected.push(String(n));
      await channel.publish(n);
      if (n % 3 > 0) await turn();
      // Clients that have the message leave, and so do clients that don't have it yet.
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
    const remaining = clients.filter(({ sink }) => !sink.gone);
    expect(remaining).toHaveLength(many + 1 - 41);
    for (const client of remaining) expect(client.data()).toEqual(expected);
  });

  it('reaches all of them before the hub closes them', async () => {
    const { hub, clients, channel } = await crowd();
    await channel.publish('last');
    await turn();
    await hub.close();
    for (const { events } of clients) {
      expect(events().map(({ event }) => event)).toEqual(['pushwire:open', 'message', 'pushwire:retry']);
    }
  });

  it('is followed by the end of the channel for all of them', async () => {
    const { hub, clients, channel } = await crowd();
    await channel.publish('last');
    await channel.end();
    for (let n = 0; n < 4; n++) await turn();
    for (const client of clients) expect(client.events().at(-1)?.event).toBe('pushwire:end');
    expect(hub.stats().connections).toBe(0);
  });
});
