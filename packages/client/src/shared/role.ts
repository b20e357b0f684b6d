import type { AnyEvents, Connection } from '../connection.js';
import type { Clock } from '../environment/clock.js';
import { noPlace } from '../wire/frame.js';
import type { Tab } from './tab.js';
import type { TabMessage } from './tab-message.js';

/** The part that a tab plays: leader or follower. */
export interface Role {
  onTabMessage(message: TabMessage): void;
  send(data: unknown): Promise<void>;
  /** Ends the part, but not the tab: another part may follow. */
  close(): void;
}

/** Everything that a role works with. */
export interface RoleContext {
  readonly tab: Tab;
  readonly clock: Clock;
  /** Opens a connection of this tab's own, from the tab's cursor on. */
  open(): Connection<AnyEvents>;
  /** Sends a message to all other tabs. */
  post(message: TabMessage): unknown;
}

/** A message or a gap with all its fields. */
interface DeliveredFrame {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: unknown;
}

/** The cursor from which another connection can go on. */
const placeOf = ({ cursor }: Connection<AnyEvents>) => (cursor === noPlace ? undefined : cursor);

/**
 * Delivers the messages, gaps and errors of a connection to its tab.
 *
 * @param onDelivered is called after each message and gap; `from` is the cursor before it.
 * @returns a function that stops it.
 */
export function deliverTo(
  tab: Tab,
  connection: Connection<AnyEvents>,
  onDelivered: (type: 'message' | 'gap', frame: DeliveredFrame, from: string | undefined) => void,
): () => void {
  const deliver = (type: 'message' | 'gap', frame: DeliveredFrame) => {
    const from = tab.cursor;
    tab.deliver(type, frame);
    // A state's connection tells all of its places.
    if (tab.isState) tab.cursor = placeOf(connection);
    onDelivered(type, frame, from);
  };
  const removers = [
    connection.onAny((message) => deliver('message', message)),
    connection.onGap((data) => deliver('gap', { event: 'pushwire:gap', id: data.cursor, data })),
    connection.onError((error) => tab.reportError(error)),
  ];
  return () => {
    for (const remove of removers) remove();
  };
}
