import type { Gap } from './batch';

/**
 * Stands in a reader's messages for those that were lost. A generator may yield it: its client is
 * then told of the gap.
 */
export class ChannelGap {
  /** A plain object with the same properties is no gap. */
  readonly #isGap = true;
  /** The id where reading continues. */
  readonly id: string;
  declare readonly event?: undefined;
  declare readonly data?: undefined;

  /** @internal Only a channel that is read has gaps. */
  constructor(
    /** The reason, and the number of lost messages where it is known. */
    readonly gap: Gap,
  ) {
    this.id = gap.cursor;
  }

  /** @internal Returns true for a gap of a channel that was read. */
  static isGap(value: unknown): value is ChannelGap {
    return typeof value === 'object' && value !== null && #isGap in value;
  }
}
