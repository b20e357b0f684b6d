import fc from 'fast-check';
import { type Join, joiningOf } from '../../src/delivery/joining';
import { cometEncoders } from '../../src/encoders/comet';
import type { Encoder } from '../../src/encoders/encoder';
import { ndjsonEncoder } from '../../src/encoders/ndjson';
import { sseEncoder } from '../../src/encoders/sse';
import { engineFor } from '../../src/hub/engine-for';
import { type Batch, readBatch } from '../../src/log/batch';
import { Log } from '../../src/log/log';
import { runLogName } from '../../src/log/log-name';
import { createMessage, type Message, plainText } from '../../src/log/message';
import { subscribe } from '../../src/subscribing/subscribe';
import { FakeSink, parseEventStream } from '../../src/testing';
import { settings } from '../kit/client';
import { hubOfRuns } from '../kit/run-logs';

const concat: Join = (a, b) => (a as string) + (b as string);

function batchOf(...messages: Message[]): Batch {
  const cursors = messages.map((_message, i) => `e.${i + 1}`);
  return { messages, cursors, positions: [], cursor: cursors.at(-1) ?? 'e.0', more: false, ended: false };
}

const joined = (join: Join, batch: Batch) => {
  const { messages, cursors } = joiningOf(join)?.join(batch) ?? batch;
  return messages.map((message, i) => [message.event, message.kind, plainText(message), cursors[i]]);
};

describe('joined messages', () => {
  it('have the data of neighbours with one event name, and the cursor of the last', () => {
    const batch = batchOf(
      createMessage('a'),
      createMessage('b'),
      createMessage('x', 'tool'),
      createMessage('c'),
      createMessage('d'),
      createMessage('e'),
    );
    expect(joined(concat, batch)).toEqual([
      [undefined, 'text', 'ab', 'e.2'],
      ['tool', 'text', 'x', 'e.3'],
      [undefined, 'text', 'cde', 'e.6'],
    ]);
  });

  it('keep the kind of their data, and are not of two kinds', () => {
    const add: Join = (a, b, event) => {
      if (Buffer.isBuffer(a)) return Buffer.concat([a, b as Buffer]);
      if (typeof a === 'string') return concat(a, b, event);
      // What is parsed is of this call alone.
      return Object.assign(a as object, { n: (a as { n: number }).n + (b as { n: number }).n });
    };
    const batch = batchOf(
      createMessage({ n: 1 }),
      createMessage({ n: 2 }),
      createMessage('text'),
      createMessage(Buffer.from('h')),
      createMessage(Buffer.from('i')),
    );
    const wanted = [
      [undefined, 'json', '{"n":3}', 'e.2'],
      [undefined, 'text', 'text', 'e.3'],
      [undefined, 'binary', 'aGk=', 'e.5'],
    ];
    expect(joined(add, batch)).toEqual(wanted);
    expect(joined(add, batch)).toEqual(wanted);
  });

  it('stay apart where the app says so, and learn their event name', () => {
    const join = jest.fn<unknown, [unknown, unknown, string | undefined]>(() => undefined);
    const batch = batchOf(createMessage('a', 'token'), createMessage('b', 'token'), createMessage('c'));
    expect(joiningOf(join)?.join(batch)).toBe(batch);
    expect(join.mock.calls).toEqual([['a', 'b', 'token']]);
  });

  it('are not those of a snapshot, which have no place in the log', () => {
    const messages = ['s', 't', 'a', 'b'].map((data) => createMessage(data));
    const batch = { ...batchOf(...messages), cursors: [undefined, undefined, 'e.1', 'e.2'] };
    expect(joined(concat, batch).map(([, , data, cursor]) => [data, cursor])).toEqual([
      ['s', undefined],
      ['t', undefined],
      ['ab', 'e.2'],
    ]);
  });

  it.each([
    ['a promise', async () => 'ab', /^join: expected a function that is not async, got an object \(Promise\)/],
    ['what JSON cannot hold', () => Number.NaN, /expected/],
  ])('are a TypeError where the app gives %s', (_what, join, words) => {
    const batch = batchOf(createMessage('a'), createMessage('b'));
    expect(() => joiningOf(join)?.join(batch)).toThrow(TypeError);
    expect(() => joiningOf(join)?.join(batch)).toThrow(words);
  });

  it('say the same as their parts, and each of their cursors leads on, whatever is written', () => {
    const event = fc.constantFrom(undefined, 'token');
    const writes = fc.array(fc.record({ data: fc.string({ maxLength: 30 }), event }), { maxLength: 60 });
    fc.assert(
      fc.property(writes, fc.integer({ min: 1, max: 200 }), (written, bytes) => {
        const log = new Log('e', { count: Infinity, bytes: Infinity, age: Infinity });
        for (const { data, event } of written) log.append(createMessage(data, event), 0);
        /** Reads on from an offset, and returns what each event name has said. */
        const readFrom = (from: number) => {
          const said = { message: '', token: '' };
          const places = [from];
          for (let more = true; more; ) {
            const position = { epoch: 'e', offset: places.at(-1) as number };
            const batch = readBatch([log], [''], [position], { bytes, messages: Infinity });
            const { messages, cursors } = joiningOf(concat)?.join(batch) ?? batch;
            for (const message of messages) said[(message.event ?? 'message') as 'token'] += plainText(message);
            places.push(...cursors.map((cursor) => Number(cursor?.split('.')[1])));
            more = batch.more;
          }
          return { said, places };
        };
        const parts = (from: number, name: string) =>
          written.slice(from).flatMap(({ data, event = 'message' }) => (event === name ? [data] : []));
        for (const place of readFrom(0).places) {
          const { said, places } = readFrom(place);
          expect(said).toEqual({ message: parts(place, 'message').join(''), token: parts(place, 'token').join('') });
          expect(places.at(-1)).toBe(written.length);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('a route with join', () => {
  const connect = async (
    { hub }: ReturnType<typeof hubOfRuns>,
    join: Join | undefined,
    encoder: Encoder = sseEncoder,
  ) => {
    const sink = new FakeSink();
    const of = { ...settings, highWaterMark: 1_000_000, joining: joiningOf(join) };
    await subscribe(engineFor([], hub), [{ name: runLogName('a') }], encoder, 'beginning', of, sink, {
      start: 'beginning',
    });
    const events = () => parseEventStream(sink.text).filter(({ event }) => !event.startsWith('pushwire:'));
    return { sink, events, seen: () => events().map(({ id, data }) => `${id} ${data}`) };
  };

  it('gives a late client few messages, and a live one each as it comes', async () => {
    const runs = hubOfRuns();
    const log = runs.logOf('a').start('e');
    const live = await connect(runs, concat);
    const tokens = Array.from({ length: 2000 }, (_, i) => `token ${i} `);
    for (const token of tokens) {
      log.write(token);
      runs.clock.advance(0);
    }
    expect(live.events()).toHaveLength(2000);
    const late = await connect(runs, concat);
    expect(late.events()).toEqual([{ event: 'message', id: 'e.2000', data: tokens.join('') }]);
    log.write('x', 'y');
    runs.clock.advance(0);
    expect(late.seen().slice(1)).toEqual(['e.2001 x', 'e.2002 y']);
  });

  it('joins no more than 64 KiB of data', async () => {
    const runs = hubOfRuns();
    const log = runs.logOf('a').start('e');
    for (let i = 0; i < 100; i++) log.write('x'.repeat(1024));
    const { events } = await connect(runs, concat);
    expect(events().map(({ id, data }) => [id, data.length])).toEqual([
      ['e.64', 65_536],
      ['e.100', 36_864],
    ]);
  });

  it('shares no bytes with a route without it, or with another function', async () => {
    const runs = hubOfRuns();
    runs.logOf('a').start('e').write('one', 'two');
    const other: Join = (a, b) => `${a}-${b}`;
    expect((await connect(runs, concat)).seen()).toEqual(['e.2 onetwo']);
    expect((await connect(runs, undefined)).seen()).toEqual(['e.1 one', 'e.2 two']);
    expect((await connect(runs, other)).seen()).toEqual(['e.2 one-two']);
  });

  it('asks the app once for all clients at one place', async () => {
    const runs = hubOfRuns();
    runs.logOf('a').start('e').write('one', 'two', 'three');
    const join = jest.fn(concat);
    for (let i = 0; i < 5; i++) await connect(runs, join);
    expect(join).toHaveBeenCalledTimes(2);
  });

  it('closes the connection where the function throws, and says so', async () => {
    const failures: unknown[] = [];
    const logger = { debug() {}, info() {}, error: (...args: unknown[]) => failures.push(args[1]) };
    const runs = hubOfRuns({ logger });
    runs.logOf('a').start('e').write('one', 'two');
    const { sink } = await connect(runs, () => {
      throw new Error('no');
    });
    expect([sink.ended, sink.reason]).toEqual([true, 'failed']);
    expect(failures).toEqual([expect.stringContaining('`map` or `join`')]);
  });

  it('joins on every transport', async () => {
    const runs = hubOfRuns();
    runs.logOf('a').start('e').write('one', 'two');
    const ndjson = await connect(runs, concat, ndjsonEncoder);
    expect(ndjson.sink.text).toContain('{"id":"e.2","data":"onetwo"}\n');
    const comet = cometEncoders({ name: 'c' })({ callback: 'pushwire', parameter: 'cursor' });
    expect((await connect(runs, concat, comet)).sink.text).toContain('_({"id":"e.2","data":"onetwo"},"e.2")');
  });
});
