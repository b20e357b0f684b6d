import { type Deflate, deflatedFrame } from '../encoders/deflated-frame';
import { plainWebSocketWriter, subprotocol, webSocketWriter } from '../encoders/web-socket';
import type { Writer } from '../encoders/encoder';

const writers = new Map<string, Writer>();

/** Sockets with the same protocol and compression share their writer's bytes. */
export function writerFor(speaksOurs: boolean, windowBits: number | undefined, deflate: Deflate | undefined): Writer {
  const make = speaksOurs ? webSocketWriter : plainWebSocketWriter;
  let name = speaksOurs ? subprotocol : 'websocket';
  const isDeflated = windowBits !== undefined && deflate !== undefined;
  if (isDeflated) name += ` ${windowBits} ${deflate.threshold} ${deflate.level}`;
  let writer = writers.get(name);
  if (writer === undefined) {
    const framer = isDeflated
      ? (...[kind, payload]: [1 | 2, string | Uint8Array]) => deflatedFrame(kind, payload, windowBits, deflate)
      : undefined;
    writers.set(name, (writer = make(name, framer)));
  }
  return writer;
}
