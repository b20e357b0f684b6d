import type { Gap } from '../log/batch';
import type { Opening } from './encoder';

/** An event of the protocol itself, the same on every transport. */
export interface ControlEvent {
  readonly event: string;
  /** A cursor, where the client should remember one. */
  readonly id?: string;
  readonly data: object;
  /** Milliseconds after which the client should come back, where the event says so. */
  readonly retry?: number;
}

export const controls = {
  /** Comes first on every stream. */
  open({ cursor, heartbeat, retry }: Opening): ControlEvent {
    const event = 'pushwire:open';
    if (cursor === undefined) return { event, retry, data: { heartbeat, retry } };
    return { event, id: cursor, retry, data: { cursor, heartbeat, retry } };
  },
  gap: (gap: Gap): ControlEvent => ({ event: 'pushwire:gap', id: gap.cursor, data: gap }),
  end: (cursor: string): ControlEvent => ({ event: 'pushwire:end', id: cursor, data: { cursor } }),
  retry: (reason: string, retry: number): ControlEvent => ({
    event: 'pushwire:retry',
    retry,
    data: { reason, retry },
  }),
  /** Where a client cannot see that bytes without a meaning came. */
  heartbeat: (): ControlEvent => ({ event: 'pushwire:heartbeat', data: {} }),
  error: (): ControlEvent => ({ event: 'pushwire:error', data: { code: 'source-failed' } }),
};
