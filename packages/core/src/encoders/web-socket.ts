import type { Batch } from '../log/batch';
import type { Message } from '../log/message';
import type { Chunk } from './chunk';
import { type ControlEvent, controls } from './control-events';
import { type Deflate, deflatedFrame } from './deflated-frame';
import type { Encoder } from './encoder';
import { controlFrame, messageFrame } from './json-frame';
import { type Opcode, opcode, webSocketFrame } from './web-socket-frame';

/** The WebSocket subprotocol whose messages carry ids, names and the protocol's own events. */
export const subprotocol = 'pushwire.v1';

/** Makes a frame of a message's payload. */
export type Framer = (kind: Opcode, payload: string | Uint8Array) => Uint8Array;

const nothing = new Uint8Array();

/**
 * `pushwire.v1`: each WebSocket message is one frame of JSON.
 *
 * @param name the same for all encoders that make the same bytes.
 */
export function webSocketEncoder(name: string, framer: Framer = webSocketFrame): Encoder {
  const control = (event: ControlEvent) => framer(opcode.text, controlFrame(event));
  const message = (given: Message, id?: string) => framer(opcode.text, messageFrame(given, id));
  return {
    name,
    transport: 'websocket',
    contentType: '',
    heartbeat: control(controls.heartbeat()),
    open: (opening) => control(controls.open(opening)),
    batch: (batch) => batchOf(batch, control, message),
    message,
    end: (cursor) => control(controls.end(cursor)),
    retry: (reason, retry) => control(controls.retry(reason, retry)),
    error: () => control(controls.error()),
  };
}

/**
 * For clients that offered no subprotocol: each WebSocket message is the data alone, text as text, a value as JSON text,
 * bytes as a binary message. Of the protocol's own events they get the gap, which must not be missed; the others show
 * in the close code, and pings are the heartbeat.
 */
export function plainWebSocketEncoder(name: string, framer: Framer = webSocketFrame): Encoder {
  const message = ({ kind, body }: Message) => framer(kind === 'binary' ? opcode.binary : opcode.text, body);
  return {
    name,
    transport: 'websocket',
    contentType: '',
    heartbeat: nothing,
    open: () => nothing,
    batch: (batch) => batchOf(batch, (event) => framer(opcode.text, controlFrame(event)), message),
    message,
    end: () => nothing,
    retry: () => nothing,
    error: () => nothing,
  };
}

function batchOf(
  { gap, messages, cursors }: Batch,
  control: (event: ControlEvent) => Uint8Array,
  message: (message: Message, id?: string) => Uint8Array,
): Chunk {
  const first = messages[0];
  if (gap === undefined && messages.length === 1 && first) return message(first, cursors[0]);
  const frames = gap === undefined ? [] : [control(controls.gap(gap))];
  for (let i = 0; i < messages.length; i++) frames.push(message(messages[i] as Message, cursors[i]));
  return Buffer.concat(frames);
}

const encoders = new Map<string, Encoder>();

/** Sockets with the same protocol and compression share their encoder's bytes. */
export function webSocketEncoderFor(
  asksForFrames: boolean,
  windowBits: number | undefined,
  deflate: Deflate | undefined,
): Encoder {
  const make = asksForFrames ? webSocketEncoder : plainWebSocketEncoder;
  let name = asksForFrames ? subprotocol : 'websocket';
  const isDeflated = windowBits !== undefined && deflate !== undefined;
  if (isDeflated) name += ` ${windowBits} ${deflate.threshold} ${deflate.level}`;
  let encoder = encoders.get(name);
  if (encoder === undefined) {
    const framer = isDeflated
      ? (...[kind, payload]: [1 | 2, string | Uint8Array]) => deflatedFrame(kind, payload, windowBits, deflate)
      : undefined;
    encoders.set(name, (encoder = make(name, framer)));
  }
  return encoder;
}
