import type { Entry, Message, Outcome } from '@pushwire/core/backplanes';
import type { Call } from './calls';
import type { Failure } from './failure';

/** The changes of a log, for a copy that has everything before them. */
export interface LogNews {
  readonly log: string;
  readonly epoch: string;
  /** Begins the copy anew, with this floor. Absent where it goes on. */
  readonly begins?: number;
  readonly entries: readonly Entry[];
  /** The time of the broker, of which those of the entries are. */
  readonly now: number;
  /** The offset up to which the copy is complete. In a state, entries may end before it. */
  readonly head: number;
  /** The offset up to which messages are evicted. */
  readonly floor: number;
  /** False for a part that others follow, and that shows nothing without them. */
  readonly isWhole: boolean;
  readonly isEnded: boolean;
  readonly isDeleted: boolean;
  readonly isKnown: boolean;
  readonly outcome?: Outcome;
}

/** All that a broker sends: replies, news, a stop for a producer, and questions. */
export type FromBroker =
  | { readonly reply: number; readonly value?: unknown; readonly failure?: Failure }
  | LogNews
  | { readonly stop: string; readonly reason: string }
  | { readonly question: number; readonly connectionsTo: string };

/** All that a worker sends: calls, and answers to questions. */
export type FromWorker = Call | { readonly answer: number; readonly connections: number };

/** Copies the body out of the bytes of the socket, which it would keep in memory. */
export function ownMessage(message: Message): Message {
  return message.kind === 'binary' ? { ...message, body: Uint8Array.from(message.body) } : message;
}
