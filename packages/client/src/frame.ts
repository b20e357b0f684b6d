/** A message, or an event of the protocol itself, as every transport brings it (PROTOCOL.md, section 5). */
export interface Frame {
  /** The cursor after it. */
  readonly id?: string | undefined;
  readonly event?: string;
  readonly data: unknown;
  readonly encoding?: string;
}

/**
 * Makes a frame of its JSON text; bytes become a `Uint8Array`.
 *
 * @param id the id that stands beside the frame.
 * @throws SyntaxError for what is no frame.
 */
export function readFrame(text: string, id?: string): Frame {
  return withBytes({ id, ...JSON.parse(text) });
}

/** Turns base64 into the bytes that it stands for. */
export function withBytes(frame: Frame): Frame {
  if (frame.encoding !== 'base64') return frame;
  return { ...frame, data: Uint8Array.from(atob(frame.data as string), (character) => character.charCodeAt(0)) };
}
