/** What is said on a channel's Pub/Sub channel. */
export type Announcement =
  /** The message at an offset. */
  | { readonly kind: 'message'; readonly epoch: string; readonly offset: number; readonly text: string }
  /** The log is finished behind an offset. */
  | { readonly kind: 'end'; readonly epoch: string; readonly offset: number }
  /** The log has begun a new life. */
  | { readonly kind: 'life'; readonly epoch: string; readonly offset: number };

const pattern = /^([\w-]{1,16}) (\d{1,15}) /;

/** Reads `<epoch> <offset> <message>`, where `end` or `life` may stand in the place of a message; `undefined` for what is none. */
export function readAnnouncement(text: string): Announcement | undefined {
  const [head, epoch, digits] = pattern.exec(text) ?? [];
  if (head === undefined || epoch === undefined) return undefined;
  const [offset, rest] = [Number(digits), text.slice(head.length)];
  // A message's text has a line feed.
  if (rest === 'end' || rest === 'life') return { kind: rest, epoch, offset };
  return { kind: 'message', epoch, offset, text: rest };
}
