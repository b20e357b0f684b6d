import { encode } from '../connect.js';
import type { AnyEvents, Connection, ConnectionStatus } from '../connection.js';
import { isClosed } from '../machine/machine.js';
import { PushwireError } from '../wire/error.js';
import type { LeaderWatch } from './leader-watch.js';
import { deliverTo, type Role, type RoleContext } from './role.js';
import type { TabMessage } from './tab-message.js';

/** A follower can go on without a leader. */
export interface Follower extends Role {
  /** Connects by itself, until a leader is heard of that has the same cursor. */
  goOn(): void;
}

/**
 * Follows the leader's messages. When they don't start at the cursor of this tab, the tab catches
 * up over a connection of its own, until both have the same cursor.
 *
 * @param watch notices when the leader is silent. This role stops it.
 */
export function follow({ tab, open, post }: RoleContext, watch: LeaderWatch): Follower {
  const pending = new Map<string, { resolve(): void; reject(error: PushwireError): void }>();
  /** The connection of this tab's own, while it catches up or has no leader. */
  let own: Connection<AnyEvents> | undefined;
  let stopDelivery = () => {};
  let term: number | undefined;
  let leaderCursor: string | undefined;
  let leaderStatus: ConnectionStatus | undefined;

  const closeOwn = () => {
    stopDelivery();
    own?.close();
    own = undefined;
  };
  /** Follows the leader again as soon as both have the same cursor. */
  const endCatchUp = () => {
    if (!own || leaderStatus?.status !== 'open' || (tab.isState && (tab.isPartial || !leaderCursor))) return;
    if (leaderCursor !== tab.cursor && leaderCursor !== own.cursor) return;
    closeOwn();
    tab.cursor = leaderCursor;
    tab.setStatus(leaderStatus);
  };
  const catchUp = () => {
    const connection = (own = open());
    // The answer to a poll of a state is at its place before it has told all that leads there.
    const onProgress = tab.isState ? () => queueMicrotask(endCatchUp) : endCatchUp;
    const stopMessages = deliverTo(tab, connection, onProgress);
    const stopStatus = connection.onStatus((status) => {
      // Beside a leader, it is enough to know when this connection opens or closes.
      if (!leaderStatus || status.status === 'open' || isClosed(status)) tab.setStatus(status);
      onProgress();
    });
    stopDelivery = () => {
      stopMessages();
      stopStatus();
    };
  };
  const rejectPending = () => {
    for (const { reject } of pending.values()) reject(new PushwireError('network'));
    pending.clear();
  };

  const onTabMessage = (message: TabMessage) => {
    if (!('term' in message)) return;
    watch.heard();
    if (term !== message.term) rejectPending();
    term = message.term;
    if (message.type === 'status') {
      leaderStatus = message;
      leaderCursor = message.cursor;
      if (!tab.isState) tab.cursor ??= leaderCursor;
      if (own) endCatchUp();
      else if (leaderCursor !== undefined && !tab.hasSeen(leaderCursor)) catchUp();
      if (!own) tab.setStatus(message);
    } else if (message.type === 'message' || message.type === 'gap') {
      const { type, frame, from } = message;
      leaderCursor = frame.id;
      if (own) endCatchUp();
      else if (tab.hasSeen(frame.id)) return;
      else if (tab.canGoOn(from)) tab.deliver(type, frame);
      else catchUp();
    } else if (message.type === 'error') tab.reportError(new PushwireError(message.code, message.details));
    else if (message.type === 'sent') {
      const { number, code, details } = message;
      const sent = pending.get(number);
      pending.delete(number);
      if (code) sent?.reject(new PushwireError(code, details));
      else sent?.resolve();
    }
  };

  watch.ask();
  return {
    onTabMessage,
    async send(data) {
      if (own?.status === 'open') return own.send(data);
      const encoded = encode(data);
      if (own || tab.status.status !== 'open') throw new PushwireError('not-open');
      const number = `${Math.random()}`;
      // A leader that is suspended does not answer, and must not send this when it wakes.
      const until = watch.ask();
      return new Promise((resolve, reject) => {
        pending.set(number, { resolve, reject });
        post({ type: 'send', number, data: encoded, until });
      });
    },
    goOn() {
      rejectPending();
      leaderStatus = leaderCursor = undefined;
      if (!own) catchUp();
      else tab.setStatus(own);
    },
    close() {
      watch.stop();
      closeOwn();
      rejectPending();
    },
  };
}
