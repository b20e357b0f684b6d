/** Where a channel's things are in Redis. All lie under one hash tag, and so in one slot of a cluster. */
export interface ChannelKeys {
  /** A hash: the epoch, the head, and what else the log knows of itself. */
  readonly state: string;
  /** A stream: the messages that are kept, each under its offset. */
  readonly entries: string;
  /** A hash: how many connections each process has, and when it said so. */
  readonly presence: string;
  /** The Pub/Sub channel on which each message is announced. */
  readonly announcements: string;
}

export function keysOf(prefix: string, channel: string): ChannelKeys {
  // A brace would begin or end the hash tag elsewhere, and an empty tag is none. UTF-8 has one and the same character for all lone surrogates.
  const tag = channel.replace(/[%{}]|\p{Surrogate}/gu, (character) => `%${character.charCodeAt(0).toString(16)}`);
  const of = (what: string) => `${prefix}{${tag}}:${what}`;
  return { state: of('state'), entries: of('entries'), presence: of('presence'), announcements: of('announcements') };
}
