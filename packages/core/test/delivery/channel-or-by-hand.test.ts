import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import { StreamWriter } from '../../src/delivery/stream-writer';
import { bareSseEncoder } from '../../src/encoders/bare-sse';
import { cometEncoders } from '../../src/encoders/comet';
import type { Encoder } from '../../src/encoders/encoder';
import { ndjsonEncoder } from '../../src/encoders/ndjson';
import { sseEncoder, sseFramesEncoder } from '../../src/encoders/sse';
import { plainWebSocketEncoder, webSocketEncoder } from '../../src/encoders/web-socket';
import { engineFor } from '../../src/hub/engine-for';
import { createHub } from '../../src/hub/hub';
import { createMessage } from '../../src/log/message';
import { subscribe } from '../../src/subscribing/subscribe';
import { FakeClock, FakeSink, parseEventStream } from '../../src/testing';
import { settings } from '../kit/client';
import { type Published, published, received } from '../kit/published';

/** A sink that keeps the bytes, since those of WebSockets are no text. */
class ByteSink extends FakeSink {
  readonly written: Buffer[] = [];

  override write(bytes: Uint8Array): void {
    super.write(bytes);
    this.written.push(Buffer.from(bytes));
  }

  /** Takes what was written since the last time, as one piece for each write. */
  take(): string[] {
    return this.written.splice(0).map((bytes) => bytes.toString('latin1'));
  }
}

const encoders: readonly Encoder[] = [
  sseEncoder,
  sseFramesEncoder,
  ndjsonEncoder,
  cometEncoders({ name: 'comet' })({ callback: 'pushwire', parameter: 'cursor' }),
  cometEncoders({ name: 'mapped', map: ({ data, event }) => [event, data] })({ callback: 'f', parameter: 'cursor' }),
  webSocketEncoder('pushwire.v1'),
  plainWebSocketEncoder('plain'),
  bareSseEncoder({}),
  bareSseEncoder({ order: ['data', 'retry', 'id', 'event'], space: false }),
];

/** The messages of one turn of the event loop, turn by turn. */
const turns = fc.array(fc.array(published, { maxLength: 4 }), { maxLength: 4 });

describe.each(encoders.map((encoder) => [encoder.name, encoder] as const))('a stream of %s', (_name, encoder) => {
  it('has the same bytes, in the same writes, from a channel and by hand', async () => {
    const run = async (sent: Published[][]) => {
      const clock = new FakeClock();
      const hub = createHub({ clock });
      const channel = hub.channel('news');
      const engine = engineFor([channel], hub);
      const [ofChannel, byHand] = [new ByteSink(), new ByteSink()];
      await subscribe(engine, [channel], encoder, 'now', settings, ofChannel);
      const writer = new StreamWriter(engine, encoder, byHand, settings, { maxPending: 1_000_000, onClosing() {} });
      writer.start();
      ofChannel.take();
      byHand.take();
      for (const turn of sent) {
        for (const { data, event } of turn) {
          const id = await channel.publish(data, event === undefined ? {} : { event });
          // A bare stream has no ids but those that the app sends.
          writer.send(createMessage(data, event), encoder.isBare ? undefined : id);
        }
        clock.turn();
        expect(byHand.take()).toEqual(ofChannel.take());
      }
      expect(byHand.contentType).toBe(ofChannel.contentType);
      await hub.close();
    };
    await fc.assert(fc.asyncProperty(turns, run), { numRuns: 50 });
  });
});

/** Something that an app does with a stream by hand. */
type Act =
  | { send: Published; id: string | undefined; retry: number | undefined }
  | { comment: string }
  | { ms: number };

const text = fc.string({ unit: fc.constantFrom('a', ':', ' ', '\n', '\r\n', '\r', '€') });
const id = fc.constantFrom(undefined, '1', 'é€🙂', 'a b:c', ':', '\u2028');
const act = fc.oneof<fc.Arbitrary<Act>[]>(
  fc.record({ send: published, id, retry: fc.constantFrom(undefined, 0, 2_147_483_647) }),
  fc.record({ comment: text }),
  fc.record({ ms: fc.nat() }),
);

describe.each([
  ['with the events of the protocol', sseEncoder],
  ['that is bare', bareSseEncoder({})],
  ['in a spelling of its own', bareSseEncoder({ order: ['data', 'retry', 'id', 'event'], space: false })],
] as const)('an event stream by hand %s', (_name, encoder) => {
  /** Does everything, with heartbeats in between, and returns what is written after the opening. */
  function write(acts: readonly Act[], padding = 0): string {
    const clock = new FakeClock();
    const sink = new FakeSink();
    const hub = createHub({ clock });
    const writer = new StreamWriter(
      engineFor([], hub),
      encoder,
      sink,
      { ...settings, padding },
      {
        maxPending: 1_000_000,
        onClosing() {},
      },
    );
    writer.start();
    const opening = sink.text;
    for (const each of acts) {
      if ('comment' in each) writer.comment(each.comment);
      else if ('ms' in each) writer.reconnection(each.ms);
      else writer.send(createMessage(each.send.data, each.send.event), each.id, each.retry);
      clock.advance(20_000);
    }
    return sink.text.slice(opening.length);
  }

  const expectedOf = (acts: readonly Act[]) => {
    let lastId = '';
    return acts.flatMap((each) => {
      if (!('send' in each)) return [];
      lastId = each.id ?? lastId;
      return [{ ...received(each.send), id: lastId }];
    });
  };

  it('is read back by eventsource-parser, wherever it is cut', () => {
    const run = (acts: Act[], cuts: number[]) => {
      const stream = Buffer.from(write(acts));
      const seen: object[] = [];
      let lastId = '';
      const parser = createParser({
        onEvent: ({ data, event = 'message', id }) => seen.push({ data, event, id: (lastId = id ?? lastId) }),
      });
      const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
      const edges = [0, ...cuts.filter((cut) => cut < stream.length).sort((a, b) => a - b), stream.length];
      for (let i = 1; i < edges.length; i++) {
        parser.feed(decoder.decode(stream.subarray(edges[i - 1], edges[i]), { stream: true }));
      }
      expect(seen).toEqual(expectedOf(acts));
    };
    fc.assert(fc.property(fc.array(act, { maxLength: 6 }), fc.array(fc.nat(400)), run), { numRuns: 200 });
  });

  it('is read back by the parser of @pushwire/core/testing', () => {
    const run = (acts: Act[]) => expect(parseEventStream(write(acts))).toEqual(expectedOf(acts));
    fc.assert(fc.property(fc.array(act, { maxLength: 6 }), run));
  });

  it('has no blank line but after data, so that no client takes another block for an empty message', () => {
    const run = (acts: Act[], padding: number) => {
      const blocks = write(acts, padding).split('\n\n').slice(0, -1);
      expect(blocks.filter((block) => !/^data:/m.test(block))).toEqual([]);
    };
    fc.assert(fc.property(fc.array(act, { maxLength: 6 }), fc.nat(10), run));
  });
});
