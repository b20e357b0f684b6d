import { deflatedPart, type GzipPart, storedPart } from '../encoders/gzip-part';

interface Known {
  readonly part: GzipPart;
  readonly isDeflated: boolean;
}

/** The parts of bytes that are in memory anyway, such as slices of logs for those who catch up. */
const parts = new WeakMap<Uint8Array, Known>();

/**
 * Returns the blocks of bytes that may be shared. Nobody knows beforehand whether a second client
 * will get the same bytes, and those of one would not be worth the time. So the second client has
 * them deflated, and all after it.
 */
export function partOf(bytes: Uint8Array, level: number): GzipPart {
  const known = parts.get(bytes);
  if (known?.isDeflated) return known.part;
  const part = known ? deflatedPart(bytes, level) : storedPart(bytes);
  parts.set(bytes, { part, isDeflated: known !== undefined });
  return part;
}
