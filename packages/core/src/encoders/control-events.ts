import type { Gap } from '../log/batch';
import type { Outcome } from '../log/outcome';
import type { Opening } from './encoder';

/** An event of the protocol itself. It is the same on every transport. */
export interface ControlEvent {
  readonly event: string;
  /** The cursor that the client stores. Absent where it keeps its last one. */
  readonly id?: string;
  readonly data: object;
  /** Milliseconds until the client reconnects. Absent where the event does not say. */
  readonly retry?: number;
}

/** Puts the fields of an outcome in their order. A backplane may have them in another one. */
export const outcomeFields = ({ outcome, code, reason }: Outcome) => ({
  outcome,
  ...(code !== undefined && { code }),
  ...(reason !== undefined && { reason }),
});

export const controls = {
  /** The first event of every stream. */
  open({ cursor, from, heartbeat, retry }: Opening): ControlEvent {
    const event = 'pushwire:open';
    // JSON leaves out what is undefined.
    const data = { cursor, from, heartbeat, retry };
    return cursor === undefined ? { event, retry, data } : { event, id: cursor, retry, data };
  },
  gap: (gap: Gap): ControlEvent => ({ event: 'pushwire:gap', id: gap.cursor, data: gap }),
  /** The snapshot is complete, and the client is at this place of the log. */
  snapshot: (cursor: string): ControlEvent => ({ event: 'pushwire:snapshot', id: cursor, data: { cursor } }),
  /** The client is at this place, after a message that is not for it. */
  cursor: (cursor: string): ControlEvent => ({ event: 'pushwire:cursor', id: cursor, data: { cursor } }),
  end: (cursor: string, outcome?: Outcome): ControlEvent => ({
    event: 'pushwire:end',
    id: cursor,
    data: { cursor, ...(outcome && outcomeFields(outcome)) },
  }),
  retry: (reason: string, retry: number): ControlEvent => ({
    event: 'pushwire:retry',
    retry,
    data: { reason, retry },
  }),
  /** The app has handled `count` more messages of this client. Only WebSockets need it. */
  received: (count: number): ControlEvent => ({ event: 'pushwire:received', data: { count } }),
  /** The connection follows other channels from here on. Only WebSockets need it. */
  topics: (cursor: string): ControlEvent => ({ event: 'pushwire:topics', id: cursor, data: { cursor } }),
  /** The heartbeat of transports whose clients see nothing but events. */
  heartbeat: (): ControlEvent => ({ event: 'pushwire:heartbeat', data: {} }),
  error: (): ControlEvent => ({ event: 'pushwire:error', data: { code: 'source-failed' } }),
};
