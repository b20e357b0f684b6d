/** A message, or an event of the protocol itself, as every transport brings it (PROTOCOL.md, section 5). */
export interface Frame {
  /** The cursor after it. */
  readonly id?: string | undefined;
  readonly event?: string;
  readonly data: unknown;
  readonly encoding?: string;
}

/** A frame of what JSON text gave: base64 becomes the bytes that it stands for. */
export function readFrame(parsed: Frame): Frame {
  if (parsed.encoding !== 'base64') return parsed;
  return { ...parsed, data: Uint8Array.from(atob(parsed.data as string), (character) => character.charCodeAt(0)) };
}
