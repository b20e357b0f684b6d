/** Some of a transport's bytes; as text where the transport is text. */
export type Chunk = string | Uint8Array;

/** The bytes of chunks that follow each other. */
export function bytesOf(chunks: readonly Chunk[]): Uint8Array {
  const [first] = chunks;
  if (chunks.length === 1 && first !== undefined) return typeof first === 'string' ? Buffer.from(first) : first;
  if (chunks.every((chunk) => typeof chunk === 'string')) return Buffer.from(chunks.join(''));
  return Buffer.concat(chunks.map((chunk) => (typeof chunk === 'string' ? Buffer.from(chunk) : chunk)));
}
