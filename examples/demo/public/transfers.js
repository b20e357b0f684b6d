/** Returns the number of bytes of a text in UTF-8. */
export function bytesOf(text) {
  return new TextEncoder().encode(text).length;
}
