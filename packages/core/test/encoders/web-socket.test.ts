import { inflateRawSync } from 'node:zlib';
import { bytesOf } from '../../src/encoders/chunk';
import { deflatedFrame } from '../../src/encoders/deflated-frame';
import { plainWebSocketEncoder, webSocketEncoder } from '../../src/encoders/web-socket';
import { opcode, webSocketFrame } from '../../src/encoders/web-socket-frame';
import { createMessage } from '../../src/log/message';
import { deletionMessage, valueMessage } from '../../src/log/state-message';

const batch = {
  gap: { reason: 'evicted' as const, missed: 3, cursor: 'e.4' },
  messages: [createMessage('é'), createMessage({ n: 1 }, 'tick'), createMessage(Uint8Array.of(1, 255))],
  cursors: ['e.5', 'e.6', 'e.7'],
  positions: [],
  cursor: 'e.7',
  more: false,
  ended: false,
};
const gapFrame = '{"id":"e.4","event":"pushwire:gap","data":{"reason":"evicted","missed":3,"cursor":"e.4"}}';

describe('webSocketFrame', () => {
  // Examples of RFC 6455, 5.7, and the limits of each form of the length.
  it.each([
    ['RFC 6455: Hello', opcode.text, 'Hello', '810548656c6c6f'],
    ['an empty text', opcode.text, '', '8100'],
    ['bytes, not characters', opcode.text, 'é🙂', '8106c3a9f09f9982'],
    ['an empty binary', opcode.binary, new Uint8Array(), '8200'],
    ['RFC 6455: 256 bytes', opcode.binary, new Uint8Array(256), '827e0100'],
    ['125 bytes', opcode.binary, new Uint8Array(125), '827d'],
    ['126 bytes', opcode.binary, new Uint8Array(126), '827e007e'],
    ['65,535 bytes', opcode.binary, new Uint8Array(65_535), '827effff'],
    ['RFC 6455: 65,536 bytes', opcode.binary, new Uint8Array(65_536), '827f0000000000010000'],
  ])('makes one final, unmasked frame of %s', (_name, kind, payload, start) => {
    const frame = webSocketFrame(kind, payload);
    const header = frame.length - Buffer.byteLength(payload as string);
    expect(frame.subarray(0, Math.max(header, start.length / 2)).toString('hex')).toBe(start);
    expect(frame.subarray(header)).toEqual(Buffer.from(payload as string));
  });
});

describe('deflatedFrame', () => {
  const deflate = { threshold: 100, level: -1 };

  it('compresses messages from the threshold on, each without an earlier frame', () => {
    const text = JSON.stringify({ text: 'a word '.repeat(30) });
    for (const windowBits of [9, 10, 15]) {
      const frame = deflatedFrame(opcode.text, text, windowBits, deflate);
      expect(frame[0]).toBe(0x80 | 0x40 | opcode.text);
      expect(frame[1]).toBe(frame.length - 2);
      // RFC 7692, 7.2.2: the receiver appends the bytes that were left out.
      const tail = Buffer.from([0, 0, 0xff, 0xff]);
      const inflated = inflateRawSync(Buffer.concat([frame.subarray(2), tail]), { windowBits, finishFlush: 2 });
      expect(inflated.toString()).toBe(text);
    }
  });

  it('does not compress smaller messages', () => {
    expect(deflatedFrame(opcode.text, 'x'.repeat(99), 15, deflate)).toEqual(
      webSocketFrame(opcode.text, 'x'.repeat(99)),
    );
  });
});

const texts = (...payloads: (string | Uint8Array)[]) =>
  Buffer.concat(payloads.map((payload) => webSocketFrame(typeof payload === 'string' ? 1 : 2, payload)));

describe('webSocketEncoder (pushwire.v1)', () => {
  const encoder = webSocketEncoder('pushwire.v1');

  it('writes one WebSocket message per frame', () => {
    expect(encoder.open({ cursor: 'e.1', heartbeat: 15_000, retry: 2900, padding: 0 })).toEqual(
      texts('{"id":"e.1","event":"pushwire:open","data":{"cursor":"e.1","heartbeat":15000,"retry":2900}}'),
    );
    expect(encoder.batch(batch)).toEqual(
      texts(
        gapFrame,
        '{"id":"e.5","data":"é"}',
        '{"id":"e.6","event":"tick","data":{"n":1}}',
        '{"id":"e.7","data":"Af8=","encoding":"base64"}',
      ),
    );
    expect(encoder.message(createMessage('x'))).toEqual(texts('{"data":"x"}'));
  });

  it('writes the other events of the protocol', () => {
    expect(encoder.heartbeat).toEqual(texts('{"event":"pushwire:heartbeat","data":{}}'));
    expect(encoder.end('e.7')).toEqual(texts('{"id":"e.7","event":"pushwire:end","data":{"cursor":"e.7"}}'));
    expect(encoder.retry('draining', 900)).toEqual(
      texts('{"event":"pushwire:retry","data":{"reason":"draining","retry":900}}'),
    );
    expect(encoder.error()).toEqual(texts('{"event":"pushwire:error","data":{"code":"source-failed"}}'));
  });
});

describe('plainWebSocketEncoder', () => {
  const encoder = plainWebSocketEncoder('websocket');

  it('writes the data alone, in its published kind, and the gap', () => {
    expect(encoder.batch(batch)).toEqual(texts(gapFrame, 'é', '{"n":1}', Uint8Array.of(1, 255)));
    const { gap: _gap, ...withoutGap } = batch;
    expect(encoder.batch({ ...withoutGap, messages: batch.messages.slice(0, 1) })).toEqual(texts('é'));
  });

  it('writes the key of a value of a state, and that it is deleted', () => {
    const messages = [valueMessage('a', { n: 1 }), deletionMessage('"b"')];
    const { gap: _gap, ...withoutGap } = { ...batch, messages, cursors: ['e.5', 'e.6'] };
    expect(encoder.batch(withoutGap)).toEqual(texts('{"key":"a","data":{"n":1}}', '{"key":"\\"b\\"","deleted":true}'));
  });

  it('writes nothing else', () => {
    const others = [encoder.open({ heartbeat: 1, retry: 1, padding: 9 }), encoder.heartbeat, encoder.end('e.7')];
    expect(bytesOf([...others, encoder.retry('draining', 1), encoder.error()])).toHaveLength(0);
  });
});

describe('bytesOf', () => {
  it('joins text and bytes in their order', () => {
    expect(bytesOf(['é', Uint8Array.of(1), '', 'b'])).toEqual(Buffer.from([0xc3, 0xa9, 1, 98]));
    expect(bytesOf(['a', 'é'])).toEqual(Buffer.from('aé'));
    expect(bytesOf(['a'])).toEqual(Buffer.from('a'));
    expect(bytesOf([])).toHaveLength(0);
  });
});
