/** How long a stream lives. Without fields, it lives until it is deleted. */
export interface Lifetime {
  /** Seconds without a read or a write after which the stream expires. */
  readonly ttl?: number;
  /** The time at which the stream expires, as the client wrote it. */
  readonly expiresAt?: string;
}

/** A year in seconds times a thousand. Greater numbers would not fit into a date. */
export const maxTtl = 31_536_000_000;

const rfc3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/;

/** Parses a `Stream-TTL`. @returns `undefined` for a text that is no number of seconds. */
export function parseTtl(text: string): number | undefined {
  if (!/^(0|[1-9]\d{0,10})$/.test(text)) return undefined;
  const ttl = Number(text);
  return ttl <= maxTtl ? ttl : undefined;
}

/** True for a `Stream-Expires-At` that names a time. */
export function isTimestamp(text: string): boolean {
  return rfc3339.test(text) && Number.isFinite(Date.parse(text));
}

/** True if two lifetimes are the same configuration of a stream. */
export function sameLifetime(one: Lifetime, other: Lifetime): boolean {
  return one.ttl === other.ttl && timeOf(one) === timeOf(other);
}

/** Milliseconds for which a backplane keeps an expired stream, since clocks differ. */
const margin = 60_000;

/**
 * Returns the milliseconds for which a backplane has to keep a stream that was used at `used`, or
 * `undefined` for one that it has to keep until it is deleted.
 */
export function keptFor(lifetime: Lifetime, used: number, now: number): number | undefined {
  const expires = expiryOf(lifetime, used);
  return expires === Number.POSITIVE_INFINITY ? undefined : Math.max(0, Math.ceil(expires - now)) + margin;
}

/**
 * Returns the time at which a stream expires that was used at `used`, in ms, or `Infinity`. With a
 * TTL it is later by {@link touchInterval}, since a read is not noted more often than that.
 */
export function expiryOf(lifetime: Lifetime, used: number): number {
  const { ttl } = lifetime;
  return ttl === undefined ? (timeOf(lifetime) ?? Number.POSITIVE_INFINITY) : used + ttl * 1000 + touchInterval(ttl);
}

/** Milliseconds between two notes in the log that a stream with this TTL was read. */
export function touchInterval(ttl: number): number {
  return Math.min(60_000, (ttl * 1000) / 8);
}

function timeOf({ expiresAt }: Lifetime): number | undefined {
  return expiresAt === undefined ? undefined : Date.parse(expiresAt);
}
