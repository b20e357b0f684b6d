/** Bytes of a transport, as text where the transport is textual. */
export type Chunk = string | Uint8Array;

/** Joins chunks, to text if all of them are text. */
export function joined(chunks: readonly Chunk[]): Chunk {
  const first = chunks[0];
  if (chunks.length === 1 && first !== undefined) return first;
  if (chunks.every((chunk) => typeof chunk === 'string')) return chunks.join('');
  return Buffer.concat(chunks.map((chunk) => (typeof chunk === 'string' ? Buffer.from(chunk) : chunk)));
}

/** Joins chunks to bytes. */
export function bytesOf(chunks: readonly Chunk[]): Uint8Array {
  const chunk = joined(chunks);
  return typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

export const byteLengthOf = (chunk: Chunk): number =>
  typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.byteLength;
