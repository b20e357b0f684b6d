import type { CloseReason } from '../delivery/close-reason';
import type { Outcome } from '../log/outcome';

/** The longest text of a close frame, in bytes (RFC 6455, 5.5). */
export const maxCloseText = 123;

/**
 * The text of a close frame: the reason, or how a run has ended. A client without a subprotocol
 * gets no other word of it.
 */
export function closeTextOf(reason: CloseReason, outcome: Outcome | undefined): string {
  if (outcome === undefined) return reason;
  const detail = outcome.code ?? outcome.reason;
  return shortened(detail ? `${outcome.outcome}: ${detail}` : outcome.outcome);
}

/** Cuts a text between two characters, since a close frame must be valid UTF-8. */
function shortened(text: string): string {
  const bytes = Buffer.from(text);
  let end = Math.min(bytes.length, maxCloseText);
  // A byte of the form 10xxxxxx continues a character.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}
