import { StreamWriter } from '../../src/delivery/stream-writer';
import { sseEncoder } from '../../src/encoders/sse';
import { webSocketEncoder } from '../../src/encoders/web-socket';
import { engineFor } from '../../src/hub/engine-for';
import { createHub } from '../../src/hub/hub';
import { createMessage } from '../../src/log/message';
import { FakeClock, FakeSink } from '../../src/testing';
import { settings } from '../kit/client';

/** A sink that tells in which way it is written to. */
class TextSink extends FakeSink {
  readonly ways: string[] = [];

  override write(bytes: Uint8Array): void {
    this.ways.push('bytes');
    super.write(bytes);
  }

  writeText(text: string): void {
    super.write(Buffer.from(text, 'latin1'));
    this.ways.push('text');
  }
}

describe('a stream whose sink takes text', () => {
  it.each([
    ['short ASCII', 'x', sseEncoder, 'text'],
    ['other characters, whose bytes the socket would count as characters', 'é', sseEncoder, 'bytes'],
    ['long text, which the socket would copy to memory of its own', 'x'.repeat(20_000), sseEncoder, 'bytes'],
    ['frames of a WebSocket', 'x', webSocketEncoder('pushwire.v1'), 'bytes'],
  ])('writes %s', (_what, data, encoder, way) => {
    const clock = new FakeClock();
    const hub = createHub({ clock });
    const sink = new TextSink();
    const writer = new StreamWriter(engineFor([], hub), encoder, sink, settings, { onClosing() {} });
    writer.start();
    sink.ways.length = 0;
    const before = hub.stats().bytes;
    writer.send(createMessage(data));
    clock.turn();
    expect(sink.ways).toEqual([way]);
    expect(sink.writes.at(-1)).toContain(data);
    if (encoder === sseEncoder) expect(hub.stats().bytes - before).toBe(Buffer.byteLength(`data: ${data}\n\n`));
  });
});
