/** A message or a control event, as every transport carries it (PROTOCOL.md, section 5). */
export interface Frame {
  /** The cursor after this frame. */
  readonly id?: string | undefined;
  readonly event?: string;
  readonly data: unknown;
  /** `base64` when `data` is the text of bytes. */
  readonly encoding?: string;
}

/** Makes a frame of parsed JSON: decodes base64 to bytes. */
export function readFrame(parsed: Frame): Frame {
  if (parsed.encoding !== 'base64') return parsed;
  return { ...parsed, data: Uint8Array.from(atob(parsed.data as string), (character) => character.charCodeAt(0)) };
}
