import type { Message } from './message';

/** A message in its place in a log. */
export interface Entry {
  readonly offset: number;
  /** The time of its append, in ms on the hub's clock. */
  readonly time: number;
  readonly message: Message;
}
