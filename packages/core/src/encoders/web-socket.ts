import type { Batch } from '../log/batch';
import { type Message, plainText } from '../log/message';
import type { Chunk } from './chunk';
import { type ControlEvent, controls } from './control-events';
import type { Encoder } from './encoder';
import { controlFrame, messageFrame } from './json-frame';
import { type Opcode, opcode, webSocketFrame } from './web-socket-frame';

/** The WebSocket subprotocol of JSON frames with ids, event names and the protocol's events. */
export const subprotocol = 'pushwire.v1';

/** Encodes the payload of a message as a frame. */
export type Framer = (kind: Opcode, payload: string | Uint8Array) => Uint8Array;

const noBytes = new Uint8Array();

/**
 * Makes the encoder of `pushwire.v1`: each WebSocket message is a JSON frame.
 *
 * @param name the encoder's name, which depends on the framer.
 */
export function webSocketEncoder(name: string, framer: Framer = webSocketFrame): Encoder {
  const control = (event: ControlEvent) => framer(opcode.text, controlFrame(event));
  const message = (value: Message, id?: string) => framer(opcode.text, messageFrame(value, id));
  return {
    name,
    transport: 'websocket',
    contentType: '',
    heartbeat: control(controls.heartbeat()),
    open: (opening) => control(controls.open(opening)),
    batch: (batch) => batchOf(batch, control, message),
    message,
    snapshot: (cursor) => control(controls.snapshot(cursor)),
    moved: (cursor) => control(controls.cursor(cursor)),
    end: (cursor, outcome) => control(controls.end(cursor, outcome)),
    retry: (reason, retry) => control(controls.retry(reason, retry)),
    error: () => control(controls.error()),
    received: (count) => control(controls.received(count)),
    topics: (cursor) => control(controls.topics(cursor)),
    frame: (text) => framer(opcode.text, text),
  };
}

/**
 * Makes the encoder for clients without a subprotocol: each WebSocket message is the data alone, or
 * the key and the value of a state. Text and values become text messages, and bytes become a binary
 * message. These clients get only one event of the protocol, the gap, since they must not miss it.
 * The close code tells them the others, and pings are their heartbeat.
 */
export function plainWebSocketEncoder(name: string, framer: Framer = webSocketFrame): Encoder {
  const message = (value: Message) =>
    value.kind === 'binary' ? framer(opcode.binary, value.body) : framer(opcode.text, plainText(value));
  return {
    name,
    transport: 'websocket',
    contentType: '',
    heartbeat: noBytes,
    open: () => noBytes,
    batch: (batch) => batchOf(batch, (event) => framer(opcode.text, controlFrame(event)), message),
    message,
    snapshot: () => noBytes,
    moved: () => noBytes,
    end: () => noBytes,
    retry: () => noBytes,
    error: () => noBytes,
    frame: (text) => framer(opcode.text, text),
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
