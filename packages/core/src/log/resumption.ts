import { foreignEpoch, type Position } from './cursor';

/** The reason why a log cannot be read from a client's position. */
export type GapReason =
  /** The next messages were evicted. */
  | 'evicted'
  /** The position belongs to another life of the log. */
  | 'epoch'
  /** The position is after the newest message. */
  | 'ahead'
  /** The client's cursor is none of this protocol, such as an id of the page's former server. */
  | 'foreign';

/** The place where reading continues. With a `gap`, it is not the client's position. */
export interface Resumption {
  readonly offset: number;
  readonly gap?: GapReason;
}

/** The parts of a log that tell whether it can be read from a position. */
interface Readable {
  readonly head: number;
  readonly floor: number;
  has(position: Position): boolean;
}

/** Returns the reason why a log cannot be read from a position, or `undefined` if it can. */
export function gapAfter(position: Position, log: Readable): GapReason | undefined {
  const { epoch, offset } = position;
  if (!log.has(position)) return epoch === foreignEpoch ? 'foreign' : 'epoch';
  if (offset > log.head) return 'ahead';
  return offset < log.floor ? 'evicted' : undefined;
}
