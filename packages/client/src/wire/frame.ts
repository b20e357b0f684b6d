/** A message or a control event, as every transport carries it (PROTOCOL.md, section 5). */
export interface Frame {
  /** The cursor after this frame. */
  readonly id?: string | undefined;
  readonly event?: string;
  /** Absent where a key is deleted. */
  readonly data?: unknown;
  /** The key of a state that got this data as its value, or that is deleted. */
  readonly key?: string;
  readonly deleted?: true;
  /** `base64` when `data` is the text of bytes. */
  readonly encoding?: string;
}

/** The cursor of a client that has no place yet. */
export const noPlace = 'start';

/** The event of messages that tell a copy of a state of control frames. No app can publish it. */
export const told = '';

/** Makes a frame of parsed JSON: decodes base64 to bytes. */
export function readFrame({ encoding, ...frame }: Frame): Frame {
  return encoding === 'base64'
    ? { ...frame, data: Uint8Array.from(atob(frame.data as string), (character) => character.charCodeAt(0)) }
    : frame;
}
