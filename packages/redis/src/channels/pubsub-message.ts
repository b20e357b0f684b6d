/** A message that the scripts publish on a channel's Pub/Sub channel. */
export type PubSubMessage =
  /** A message was appended at an offset. */
  | { readonly kind: 'message'; readonly epoch: string; readonly offset: number; readonly text: string }
  /** The log has ended at an offset. */
  | { readonly kind: 'end'; readonly epoch: string; readonly offset: number }
  /** The log has begun a new life with a new epoch. */
  | { readonly kind: 'life'; readonly epoch: string; readonly offset: number };

const pattern = /^([\w-]{1,16}) (\d{1,15}) /;

/**
 * Parses `<epoch> <offset> <message>`, `<epoch> <offset> end` or `<epoch> <offset> life`. Returns
 * `undefined` for any other text.
 */
export function parsePubSubMessage(text: string): PubSubMessage | undefined {
  const [head, epoch, digits] = pattern.exec(text) ?? [];
  if (head === undefined || epoch === undefined) return undefined;
  const [offset, rest] = [Number(digits), text.slice(head.length)];
  // An encoded message contains a line feed, so it never equals one of these words.
  if (rest === 'end' || rest === 'life') return { kind: rest, epoch, offset };
  return { kind: 'message', epoch, offset, text: rest };
}
