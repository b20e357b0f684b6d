/**
 * Returns the messages of a JSON body, as their texts with commas between them: `''` for an empty
 * array, the elements of another array, or the whole value. A message is never written anew, so
 * that numbers keep all their digits.
 *
 * @returns `undefined` for a body that is no JSON.
 */
export function messagesOf(body: Uint8Array): string | undefined {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body).trim();
    // The text is kept as it is. This only throws where it is no JSON.
    JSON.parse(text);
  } catch {
    return undefined;
  }
  return text.startsWith('[') ? text.slice(1, -1).trim() : text;
}

/** Joins the messages of several appends to one JSON array. */
export function arrayOf(messages: readonly string[]): string {
  return `[${messages.join(',')}]`;
}
