/** Bytes of a transport, as text where the transport is textual. */
export type Chunk = string | Uint8Array;

/** Joins chunks to bytes. */
export function bytesOf(chunks: readonly Chunk[]): Uint8Array {
  const [first] = chunks;
  if (chunks.length === 1 && first !== undefined) return typeof first === 'string' ? Buffer.from(first) : first;
  if (chunks.every((chunk) => typeof chunk === 'string')) return Buffer.from(chunks.join(''));
  return Buffer.concat(chunks.map((chunk) => (typeof chunk === 'string' ? Buffer.from(chunk) : chunk)));
}

export const byteLengthOf = (chunk: Chunk): number =>
  typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.byteLength;
