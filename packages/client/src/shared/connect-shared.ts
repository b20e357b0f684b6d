import { connect } from '../connect.js';
import type { AnyEvents, Connection } from '../connection.js';
import type { ConnectOptions } from '../options.js';
import { follow } from './follower.js';
import { lead } from './leader.js';
import type { Role, RoleContext } from './role.js';
import { Tab } from './tab.js';
import type { TabMessage } from './tab-message.js';

/** Options of {@link connectShared}: those of `connect`, and how tabs find each other. */
export interface SharedOptions extends ConnectOptions {
  /**
   * Tabs with the same name share a connection. Use different names when cookies or headers make a
   * difference. Defaults to the URL.
   */
  name?: string;
  /** A lock manager. Defaults to `navigator.locks`. */
  locks?: Pick<LockManager, 'request'>;
  /** A BroadcastChannel class. Defaults to the global one. */
  BroadcastChannel?: typeof globalThis.BroadcastChannel;
}

/**
 * Connects like `connect`, but once for all tabs of a browser. One tab leads: it holds the
 * connection and passes on what arrives. When it closes, another tab takes over from its own
 * cursor. In a runtime without Web Locks or BroadcastChannel, each tab connects for itself. Only
 * the leader gets messages that the server sends to a single client.
 *
 * @param url absolute, or relative to the page.
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
  const { name, locks, BroadcastChannel = globalThis.BroadcastChannel, ...connectOptions } = options;
  const lockManager = locks ?? globalThis.navigator?.locks;
  if (!lockManager || !BroadcastChannel) return connect<Events>(url, connectOptions);

  const address = new URL(url, globalThis.document?.baseURI).href;
  const sharedName = `pushwire ${name ?? address}`;
  const channel = new BroadcastChannel(sharedName);
  const tab = new Tab(options.cursor, Date.now());
  const closing = new AbortController();
  const context: RoleContext = {
    tab,
    open: () =>
      connect<AnyEvents>(address, { ...connectOptions, ...(tab.cursor !== undefined && { cursor: tab.cursor }) }),
    post: (message) => closing.signal.aborted || channel.postMessage(message),
  };
  let role: Role = follow(context);

  const end = () => {
    closing.abort();
    role.close();
    channel.close();
  };
  tab.on('status')((() => tab.isClosed && end()) as () => void);
  channel.onmessage = ({ data }: MessageEvent<TabMessage>) => role.onTabMessage(data);

  /** Leads until this tab closes. The lock is held as long as the promise is pending. */
  const leadUntilClosed = () =>
    new Promise<void>((resolve) => {
      role.close();
      role = lead(context, `${Math.random()}`);
      closing.signal.addEventListener('abort', () => resolve());
    });
  lockManager.request(sharedName, { signal: closing.signal }, leadUntilClosed).catch((error) => {
    if (!closing.signal.aborted) throw error;
  });

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
    get cursor() {
      return tab.cursor;
    },
    on: (event, listener) => tab.on(`on ${event}`)(listener),
    onAny: tab.on('message'),
    onStatus: tab.on('status'),
    onGap: tab.on('gap'),
    onError: tab.on('error'),
    send: (data) => role.send(data),
    close: () => tab.setStatus({ ...tab.status, status: 'ended', since: Date.now() }),
  };
}
