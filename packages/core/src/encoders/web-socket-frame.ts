/** The opcodes of data frames (RFC 6455, 5.2). */
export const opcode = { text: 1, binary: 2 } as const;

export type Opcode = (typeof opcode)[keyof typeof opcode];

const final = 0x80;
/** The bit of a compressed payload (RFC 7692, 6). */
const rsv1 = 0x40;

/**
 * Encodes a message as one unmasked frame, with header and payload in one buffer (RFC 6455, 5.2).
 * The `send` of a WebSocket library would encode it again for every socket. These bytes are shared.
 */
export function webSocketFrame(kind: Opcode, payload: string | Uint8Array, compressed = false): Buffer {
  const length = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.byteLength;
  const header = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(header + length);
  frame[0] = final | (compressed ? rsv1 : 0) | kind;
  if (header === 2) frame[1] = length;
  else if (header === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  if (typeof payload === 'string') frame.write(payload, header);
  else frame.set(payload, header);
  return frame;
}
