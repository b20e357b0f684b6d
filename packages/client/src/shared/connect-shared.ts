import { absolute, connect, transportsOf } from '../connect.js';
import type { AnyEvents, Connection } from '../connection.js';
import { watchPage } from '../environment/page-events.js';
import { type ConnectOptions, readOptions } from '../options.js';
import { misuse } from '../wire/error.js';
import type { Locks } from './election.js';
import { type BroadcastChannelClass, membershipOf } from './membership.js';
import { Tab } from './tab.js';

/** Options of {@link connectShared}: those of `connect`, and how tabs find each other. */
export interface SharedOptions extends ConnectOptions {
  /**
   * Tabs with the same name share a connection. Use different names when cookies or headers make a
   * difference. Defaults to the URL.
   */
  name?: string;
  /**
   * Milliseconds for which the leading tab may be silent until it is asked for a sign of life, and
   * for which its answer is waited for. A leader that does not answer is suspended, and another tab
   * takes the lead. Defaults to 5000 ms.
   */
  leaderTimeout?: number;
  /** A lock manager. Defaults to `navigator.locks`. */
  locks?: Locks;
  /** A BroadcastChannel class. Defaults to the global one. */
  BroadcastChannel?: BroadcastChannelClass;
}

/** The default of the option `leaderTimeout`, in ms. */
const defaultLeaderTimeout = 5000;

/**
 * Connects like `connect`, but once for all tabs of a browser. One tab leads: it holds the
 * connection and passes on what arrives. When it closes or is suspended, another tab takes over
 * from its own cursor. In a runtime without Web Locks or BroadcastChannel, each tab connects for
 * itself. Only the leader gets messages that the server sends to a single client, and snapshots;
 * pass this function to `connectState` to share a state.
 *
 * @param url as in `connect`.
 * @throws {TypeError} for an invalid URL or option.
 * @example
 * ```ts
 * import { connectShared } from '@pushwire/client/shared';
 *
 * const news = connectShared('/news', { name: 'news of user 7' });
 * news.on('headline', (headline) => console.log(headline));
 * ```
 */
export function connectShared<Events = AnyEvents>(url: string | URL, options: SharedOptions = {}): Connection<Events> {
  const {
    name,
    leaderTimeout = defaultLeaderTimeout,
    locks = globalThis.navigator?.locks as Locks | undefined,
    BroadcastChannel = globalThis.BroadcastChannel as BroadcastChannelClass | undefined,
    ...connectOptions
  } = options;
  if (!(leaderTimeout > 0)) throw misuse('connectShared option leaderTimeout', 'a number above 0', leaderTimeout);
  if (!locks || !BroadcastChannel) return connect<Events>(url, connectOptions);

  const address = absolute(url);
  const settings = readOptions(connectOptions);
  const isState = transportsOf(settings).some(({ tells }) => tells);
  const { clock, random } = settings;
  const tab = new Tab(options.cursor, clock.now(), isState);
  const membership = membershipOf({
    name: `pushwire ${isState ? 'state ' : ''}${name ?? address}`,
    locks,
    BroadcastChannel,
    leaderTimeout,
    clock,
    random,
    tab,
    open: () =>
      connect<AnyEvents>(address, { ...connectOptions, ...(tab.cursor !== undefined && { cursor: tab.cursor }) }),
  });

  const setStatus = (status: 'waiting' | 'ended') => tab.setStatus({ ...tab.status, status, since: clock.now() });
  const closing = new AbortController();
  tab.on('status')((() => {
    if (!tab.isClosed) return;
    closing.abort();
    membership.leave();
  }) as () => void);
  let isFrozen = false;
  watchPage((change) => {
    if (change === 'freeze' && !isFrozen) {
      // A page that is frozen cannot lead, and its lock would keep the others from it.
      isFrozen = true;
      membership.leave();
      setStatus('waiting');
    } else if (change === 'resume' && isFrozen) {
      isFrozen = false;
      membership.join();
    }
  }, closing.signal);
  membership.join();

  return {
    get status() {
      return tab.status.status;
    },
    get transport() {
      return tab.status.transport;
    },
    get since() {
      return tab.status.since;
    },
    get end() {
      return tab.status.end;
    },
    get cursor() {
      return tab.cursor;
    },
    on: (event, listener) => tab.on(`on ${event}`)(listener),
    onAny: tab.on('message'),
    onStatus: tab.on('status'),
    onGap: tab.on('gap'),
    onError: tab.on('error'),
    send: membership.send,
    close: () => setStatus('ended'),
  };
}
