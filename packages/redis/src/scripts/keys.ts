/**
 * The names of a channel in Redis. They share one hash tag, and so one slot of a cluster.
 *
 * Each script takes one key. While a slot moves, Redis refuses a command with several keys unless
 * all of them exist on one node.
 */
export interface ChannelKeys {
  /** A hash: the log's state, and the kept messages, each in the field of its offset. */
  readonly log: string;
  /** A hash: the number of connections in each process, and until when that number is valid. */
  readonly presence: string;
  /** The Pub/Sub channel on which each message is published. It is no key. */
  readonly pubsub: string;
  /** The Pub/Sub channel on which the producer of a run is asked to stop. It is no key. */
  readonly stops: string;
}

export function keysOf(prefix: string, channel: string): ChannelKeys {
  // Braces are escaped because they would begin or end the hash tag. Lone surrogates are escaped
  // because all of them have the same UTF-8 bytes.
  const tag = channel.replace(/[%{}]|\p{Surrogate}/gu, (character) => `%${character.charCodeAt(0).toString(16)}`);
  const of = (what: string) => `${prefix}{${tag}}:${what}`;
  return { log: of('log'), presence: of('presence'), pubsub: of('announcements'), stops: of('stops') };
}
