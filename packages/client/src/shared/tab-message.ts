import type { End, Status } from '../machine/state.js';
import type { Sendable } from '../transports/transport.js';
import type { ErrorDetails, PushwireErrorCode } from '../wire/error.js';
import type { Frame } from '../wire/frame.js';

/** A message between tabs. */
export type TabMessage =
  /** A tab asks the leader for its status: when the tab is new, and as a sign of life. */
  | { readonly type: 'hello' }
  /** A follower asks the leader to send something. */
  | {
      readonly type: 'send';
      readonly number: string;
      readonly data: Sendable;
      /** The time in ms since 1970 after which the follower has given up. */
      readonly until: number;
    }
  | LeaderMessage;

/** A message of the leader. */
export type LeaderMessage = LeaderNews & {
  /** Differs for each leader, and is higher than those of all leaders before. */
  readonly term: number;
};

/** Everything that a leader tells the other tabs. */
export type LeaderNews =
  /** The status of the connection, and its cursor. */
  | {
      readonly type: 'status';
      readonly status: Status;
      readonly transport: string;
      readonly since: number;
      readonly end: End | undefined;
      readonly cursor: string | undefined;
    }
  /** A message or a gap; `from` is the cursor before it. */
  | { readonly type: 'message' | 'gap'; readonly frame: Frame; readonly from: string | undefined }
  /** An error of the connection. */
  | { readonly type: 'error'; readonly code: PushwireErrorCode; readonly details: ErrorDetails }
  /** The result of a `send`. */
  | {
      readonly type: 'sent';
      readonly number: string;
      readonly code?: PushwireErrorCode | undefined;
      readonly details?: ErrorDetails;
    };

/** Picks the details of an error that can be cloned for another tab. */
export function detailsOf({ status, retry, closeCode, transport }: ErrorDetails): ErrorDetails {
  return {
    ...(status !== undefined && { status }),
    ...(retry !== undefined && { retry }),
    ...(closeCode !== undefined && { closeCode }),
    ...(transport !== undefined && { transport }),
  };
}
