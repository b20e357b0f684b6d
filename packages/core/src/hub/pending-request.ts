import type { HubRefusal } from '../delivery/close-reason';

/** A request whose source or `authorize` has not settled yet. */
export interface PendingRequest {
  /** Answers the request. The engine forgets it when that is done. */
  refuse(reason: HubRefusal): void;
}
