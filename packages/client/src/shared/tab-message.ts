import type { Status } from '../machine/state.js';
import type { ErrorDetails, PushwireErrorCode } from '../wire/error.js';
import type { Frame } from '../wire/frame.js';

/** A message between tabs. */
export type TabMessage =
  /** A new tab asks for the status of the connection. */
  | { readonly type: 'hello' }
  /** The leader reports the status of the connection, and its cursor. */
  | {
      readonly type: 'status';
      /** A random name, which differs for each leader. */
      readonly leader: string;
      readonly status: Status;
      readonly transport: string;
      readonly since: number;
      readonly cursor: string | undefined;
    }
  /** The leader passes on a message or a gap; `from` is the cursor before it. */
  | { readonly type: 'message' | 'gap'; readonly frame: Frame; readonly from: string | undefined }
  /** The leader passes on an error of the connection. */
  | { readonly type: 'error'; readonly code: PushwireErrorCode; readonly details: ErrorDetails }
  /** A follower asks the leader to send something. */
  | { readonly type: 'send'; readonly number: string; readonly data: unknown }
  /** The leader reports the result of a `send`. */
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
