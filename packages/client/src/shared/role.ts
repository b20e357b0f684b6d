import type { AnyEvents, Connection } from '../connection.js';
import type { Saying } from './saying.js';
import type { Tab } from './tab.js';

/** What a tab is to the others. */
export interface Role {
  hear(saying: Saying): void;
  send(data: unknown): Promise<void>;
  close(): void;
}

/** What a role works with. */
export interface Means {
  readonly tab: Tab;
  /** Opens a connection of this tab's own, from its cursor on. */
  open(): Connection<AnyEvents>;
  say(saying: Saying): unknown;
}

/** Hands what a connection brings to its tab; `also` hears of it too, and where it leads on from. */
export function deliverTo(
  tab: Tab,
  connection: Connection<AnyEvents>,
  also: (
    type: 'message' | 'gap',
    frame: { id: string | undefined; event: string; data: unknown },
    from: string | undefined,
  ) => void,
): void {
  const hand = (type: 'message' | 'gap', frame: { id: string | undefined; event: string; data: unknown }) => {
    const from = tab.cursor;
    tab.deliver(type, frame);
    also(type, frame, from);
  };
  connection.onMessage((message) => hand('message', message));
  connection.onGap((data) => hand('gap', { event: 'pushwire:gap', id: data.cursor, data }));
  connection.onError((error) => tab.fail(error));
}
