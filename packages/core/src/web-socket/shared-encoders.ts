import { type DeflateOptions, deflatedFrame } from '../encoders/deflated-frame';
import type { Encoder } from '../encoders/encoder';
import { plainWebSocketEncoder, subprotocol, webSocketEncoder } from '../encoders/web-socket';

const encoders = new Map<string, Encoder>();

/** Finds the encoder of a socket. Sockets with the same protocol and compression share it. */
export function webSocketEncoderFor(
  speaksFrames: boolean,
  windowBits: number | undefined,
  deflate: DeflateOptions | undefined,
): Encoder {
  const make = speaksFrames ? webSocketEncoder : plainWebSocketEncoder;
  let name = speaksFrames ? subprotocol : 'websocket';
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
