import { type Check, checkOptions, integer, withoutUndefined } from '../checks/check-options';
import type { Compression } from './shared-deflate';

/** Options of `compress`. */
export interface CompressOptions {
  /** The compression level of zlib, from 0 to 9, or -1 for zlib's own default. Defaults to -1. */
  level?: number;
  /**
   * How many of the last bytes of a group's messages a message may refer to, from 0 to 32768. A
   * client that comes to the group gets as many bytes uncompressed before it has these. A channel
   * with live clients takes up to as many bytes of memory in each format. Defaults to 4096 (4 KiB).
   */
  window?: number;
}

const defaults: Compression = { level: -1, window: 4096 };

/** The farthest that deflate can refer to (RFC 1951, 3.2.5). */
const maxWindow = 32_768;

/** The level of zlib. */
export const aLevel = integer(-1, { max: 9 });

export const aCompression: Check = (value) => {
  if (typeof value === 'boolean') return undefined;
  if (typeof value !== 'object' || value === null) return 'true, false or an object of options';
  checkOptions<CompressOptions>('compress', value, { level: aLevel, window: integer(0, { max: maxWindow }) });
  return undefined;
};

/** @param option is checked. */
export function compressionOf(option: boolean | CompressOptions): Compression | false {
  return option && { ...defaults, ...withoutUndefined(option === true ? {} : option) };
}
