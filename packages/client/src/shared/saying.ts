import type { ErrorDetails, PushwireErrorCode } from '../wire/error.js';
import type { Frame } from '../wire/frame.js';
import type { Status } from '../machine/state.js';

/** What tabs say to each other. */
export type Saying =
  /** A tab has come: where does the connection stand? */
  | { readonly type: 'hello' }
  /** The leader tells how the connection is doing, and where it stands. */
  | {
      readonly type: 'status';
      /** Tells one leader from the next. */
      readonly leader: string;
      readonly status: Status;
      readonly transport: string;
      readonly since: number;
      readonly cursor: string | undefined;
    }
  /** The leader hands on a message or a gap, which leads on from a place. */
  | { readonly type: 'message' | 'gap'; readonly frame: Frame; readonly from: string | undefined }
  | { readonly type: 'error'; readonly code: PushwireErrorCode; readonly details: ErrorDetails }
  /** A tab wants something sent, and hears what came of it. */
  | { readonly type: 'send'; readonly number: string; readonly data: unknown }
  | {
      readonly type: 'sent';
      readonly number: string;
      readonly code?: PushwireErrorCode | undefined;
      readonly details?: ErrorDetails;
    };

/** What of an error can be said to another tab. */
export function detailsOf({ status, retry, closeCode, transport }: ErrorDetails): ErrorDetails {
  return {
    ...(status !== undefined && { status }),
    ...(retry !== undefined && { retry }),
    ...(closeCode !== undefined && { closeCode }),
    ...(transport !== undefined && { transport }),
  };
}
