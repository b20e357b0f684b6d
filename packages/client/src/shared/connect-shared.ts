import { connect } from '../connect.js';
import type { AnyEvents, Connection } from '../connection.js';
import type { ConnectOptions } from '../options.js';
import { follow } from './follower.js';
import { lead } from './leader.js';
import type { Means, Role } from './role.js';
import type { Saying } from './saying.js';
import { Tab } from './tab.js';

/** Options of {@link connectShared}: those of `connect`, and how tabs find each other. */
export interface SharedOptions extends ConnectOptions {
  /** Tabs with the same name share a connection: name it apart where cookies or headers make a difference. Default: the URL. */
  name?: string;
  /** Default: `navigator.locks`. */
  locks?: Pick<LockManager, 'request'>;
  /** Default: the global one. */
  BroadcastChannel?: typeof globalThis.BroadcastChannel;
}

/**
 * Connects like `connect`, but once for all tabs of a browser that are at the same URL: one of them leads, which holds the
 * connection and tells the others what comes; when it goes, another one leads on from where it is. Where the runtime has no
 * Web Locks or no BroadcastChannel, each tab connects for itself. What the server sends to one client alone comes to the leader.
 *
 * @param url relative to the page, or absolute.
 * @throws TypeError for a URL or an option that does not fit.
 */
export function connectShared<Events = AnyEvents>(url: string | URL, options: SharedOptions = {}): Connection<Events> {
  const { name, locks, BroadcastChannel = globalThis.BroadcastChannel, ...rest } = options;
  const manager = locks ?? globalThis.navigator?.locks;
  if (!manager || !BroadcastChannel) return connect<Events>(url, rest);

  const address = new URL(url, globalThis.document?.baseURI).href;
  const shared = `pushwire ${name ?? address}`;
  const channel = new BroadcastChannel(shared);
  const tab = new Tab(options.cursor, Date.now());
  const leaving = new AbortController();
  const means: Means = {
    tab,
    open: () => connect<AnyEvents>(address, { ...rest, ...(tab.cursor !== undefined && { cursor: tab.cursor }) }),
    say: (saying) => leaving.signal.aborted || channel.postMessage(saying),
  };
  let role: Role = follow(means);

  const end = () => {
    leaving.abort();
    role.close();
    channel.close();
  };
  tab.on('status')((() => tab.isOver && end()) as () => void);
  channel.onmessage = ({ data }: MessageEvent<Saying>) => role.hear(data);

  /** Leads as long as this tab is there. */
  const rule = () =>
    new Promise<void>((resolve) => {
      role.close();
      role = lead(means, `${Math.random()}`);
      leaving.signal.addEventListener('abort', () => resolve());
    });
  manager.request(shared, { signal: leaving.signal }, rule).catch((error) => {
    if (!leaving.signal.aborted) throw error;
  });

  return {
    get status() {
      return tab.doing.status;
    },
    get transport() {
      return tab.doing.transport;
    },
    get since() {
      return tab.doing.since;
    },
    get cursor() {
      return tab.cursor;
    },
    on: (event, listener) => tab.on(`on ${event}`)(listener),
    onMessage: tab.on('message'),
    onStatus: tab.on('status'),
    onGap: tab.on('gap'),
    onError: tab.on('error'),
    send: (data) => role.send(data),
    close: () => tab.tell({ ...tab.doing, status: 'ended', since: Date.now() }),
  };
}
