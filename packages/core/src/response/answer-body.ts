/** The longest body that is sent as text, in bytes. */
const maxText = 4096;

/** The last short body. A long one would stay in memory for nothing. */
let last: { readonly bytes: Uint8Array; readonly body: string | Uint8Array } | undefined;

/**
 * Returns a short body in ASCII as text. Node joins it to the head and writes both in one piece,
 * which costs less than to write them from two. Answers in a row mostly have the same bytes.
 *
 * @param bytes text in UTF-8.
 */
export function textOf(bytes: Uint8Array): string | Uint8Array {
  if (bytes.byteLength > maxText) return bytes;
  if (bytes !== last?.bytes) last = { bytes, body: asText(bytes) };
  return last.body;
}

/** Only ASCII has as many characters as bytes. */
function asText(bytes: Uint8Array): string | Uint8Array {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  return text.length === bytes.byteLength ? text : bytes;
}
