import { useCallback, useEffect, useReducer, useRef } from 'react';
import { requestApp } from '../app-request.js';
import type { AnyEvents, ConnectionStatus, Message } from '../connection.js';
import type { GapNotice } from '../messages.js';
import type { PushwireError } from '../wire/error.js';
import { type HookConnection, type UseChannelOptions, useConnection } from './use-connection.js';

/**
 * The status of a run, as its reader knows it.
 *
 * - `none`: there is no such run, or no URL.
 * - `connecting`: nothing is known yet.
 * - `running`: it goes on, or the route waits for its start. The connection may be on its way back:
 *   see `connection`.
 * - `completed`: the text is whole.
 * - `stopped`: somebody has stopped it. `reason` may say why.
 * - `failed`: it has failed. `code` says more.
 * - `lost`: its producer died, or the server no longer has the rest.
 * - `unreachable`: the connection has failed for good. `error` says why.
 */
export type RunStatus = 'none' | 'connecting' | 'running' | 'completed' | 'stopped' | 'failed' | 'lost' | 'unreachable';

/** The result of {@link useRun}. */
export interface Run {
  /** The text so far. */
  readonly text: string;
  readonly status: RunStatus;
  /** The public code of a run that has `failed`. */
  readonly code: string | undefined;
  /** The reason that was given to stop the run. */
  readonly reason: string | undefined;
  /** The last error, until the connection opens again. */
  readonly error: PushwireError | undefined;
  readonly connection: ConnectionStatus;
  /**
   * Asks the app to stop the run: by a DELETE request for its URL, with the query, headers and
   * credentials of the connection.
   *
   * @returns a promise that fulfills when the app has agreed. The status follows when the run has
   * ended. It rejects with a PushwireError: `refused` with the `status` of the answer, or
   * `network`. A promise that the app ignores tells its failure to nobody.
   */
  stop(): Promise<void>;
}

/** Options of {@link useRun}. They are read when the connection is made. */
export interface UseRunOptions<Events = AnyEvents> extends UseChannelOptions {
  /**
   * Returns the text that a message adds. By default it is the data, if that is a string and the
   * message has no event name, and `''` otherwise.
   */
  textOf?: (message: Message<Events>) => string;
}

/** The text of the run at a URL. */
interface RunText {
  readonly url: string | undefined;
  readonly text: string;
  /** True if a message has come. */
  readonly hasBegun: boolean;
}

const nothingOf = (url: string | undefined): RunText => ({ url, text: '', hasBegun: false });

/** @param added the text that a message adds; `undefined` for a gap. */
function reduce(
  before: RunText,
  { url, added }: { readonly url: string | undefined; readonly added?: string },
): RunText {
  // A run keeps all that it has while it lasts, so it is read from its start after a gap.
  const { text } = before.url === url && added !== undefined ? before : nothingOf(url);
  return { url, text: text + (added ?? ''), hasBegun: true };
}

const dataAsText = ({ event, data }: { readonly event: string; readonly data: unknown }): string =>
  event === 'message' && typeof data === 'string' ? data : '';

/**
 * Reads a run from its very start while the component is mounted and not hidden. A reload, a second
 * window and a component that comes back have the whole text. A new `url` begins a new text. A run
 * that has ended stays so at its `url`, so give each run a URL of its own, such as by its query.
 *
 * @param url the route that serves the run, or `undefined` while there is none.
 * @example
 * ```tsx
 * import { useRun } from '@pushwire/client/react';
 *
 * export function Answer({ id }: { id: string }) {
 *   const { text, status, stop } = useRun(`/answers/${id}`);
 *   return (
 *     <p>
 *       {text} {status === 'running' ? <button onClick={stop}>Stop</button> : status}
 *     </p>
 *   );
 * }
 * ```
 */
export function useRun<Events = AnyEvents>(url: string | undefined, options: UseRunOptions<Events> = {}): Run {
  const { textOf = dataAsText, ...channelOptions } = options;
  const [state, dispatch] = useReducer(reduce, url, nothingOf);
  const onItem = (item: Message<Events> | GapNotice) =>
    dispatch(item.event === 'pushwire:gap' ? { url } : { url, added: textOf(item as Message<Events>) });
  // A tab that shares the connection of another would begin where that one is.
  const known = useConnection<Events>(url, { cursor: '0', ...channelOptions }, onItem);
  const { text, hasBegun } = state.url === url ? state : nothingOf(url);

  const latestOptions = useRef(options);
  useEffect(() => {
    latestOptions.current = options;
  });
  const stop = useCallback(() => {
    const stopped =
      url === undefined ? Promise.resolve() : requestApp(url, { method: 'DELETE' }, latestOptions.current);
    // A failure that nobody awaits must not be reported as uncaught.
    stopped.catch(() => {});
    return stopped;
  }, [url]);

  const { error, send: _send, ...connection } = known;
  const { code, reason } = connection.end ?? {};
  const status = url === undefined ? 'none' : statusOf(known, hasBegun);
  return { text, status, code, reason, error, connection, stop };
}

function statusOf({ status, end }: HookConnection, hasBegun: boolean): RunStatus {
  if (status === 'failed') return 'unreachable';
  if (status === 'ended') return end ? (end.outcome ?? 'completed') : hasBegun ? 'lost' : 'none';
  return status === 'open' || hasBegun ? 'running' : 'connecting';
}
