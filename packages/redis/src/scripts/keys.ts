/**
 * The names of a channel's keys in Redis. They share one hash tag, and so one slot of a cluster.
 */
export interface ChannelKeys {
  /** A hash: the epoch, the head and the other fields of the log's state. */
  readonly state: string;
  /** A stream: the kept messages, each under its offset. */
  readonly entries: string;
  /** A hash: the number of connections in each process, and until when that number is valid. */
  readonly presence: string;
  /** The Pub/Sub channel on which each message is published. */
  readonly pubsub: string;
}

export function keysOf(prefix: string, channel: string): ChannelKeys {
  // Braces are escaped because they would begin or end the hash tag. Lone surrogates are escaped
  // because all of them have the same UTF-8 bytes.
  const tag = channel.replace(/[%{}]|\p{Surrogate}/gu, (character) => `%${character.charCodeAt(0).toString(16)}`);
  const of = (what: string) => `${prefix}{${tag}}:${what}`;
  return { state: of('state'), entries: of('entries'), presence: of('presence'), pubsub: of('announcements') };
}

/** The keys in the order in which every script takes them. */
export const keyList = ({ state, entries, pubsub, presence }: ChannelKeys): string[] => [
  state,
  entries,
  pubsub,
  presence,
];
