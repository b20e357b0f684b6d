import type { AnyEvents, Connection, ConnectionStatus } from '../connection.js';
import { PushwireError } from '../wire/error.js';
import { deliverTo, type Role, type RoleContext } from './role.js';
import type { TabMessage } from './tab-message.js';

/**
 * Follows the leader's messages. When they don't start at the cursor of this tab, the tab catches
 * up over a connection of its own, until both have the same cursor.
 */
export function follow({ tab, open, post }: RoleContext): Role {
  const pending = new Map<string, { resolve(): void; reject(error: PushwireError): void }>();
  /** The connection of this tab's own while it catches up. */
  let ownConnection: Connection<AnyEvents> | undefined;
  let leader: string | undefined;
  let leaderCursor: string | undefined;
  let leaderStatus: ConnectionStatus | undefined;

  /** Follows the leader again as soon as both have the same cursor. */
  const endCatchUp = () => {
    if (!ownConnection || ownConnection.cursor !== leaderCursor) return;
    ownConnection.close();
    ownConnection = undefined;
    tab.cursor = leaderCursor;
    if (leaderStatus) tab.setStatus(leaderStatus);
  };
  const catchUp = () => {
    ownConnection = open();
    deliverTo(tab, ownConnection, endCatchUp);
    ownConnection.onStatus((status) => {
      if (status.status === 'failed') tab.setStatus(status);
      endCatchUp();
    });
  };
  const rejectPending = (code: 'network' | 'not-open') => {
    for (const { reject } of pending.values()) reject(new PushwireError(code));
    pending.clear();
  };

  const onTabMessage = (message: TabMessage) => {
    if (message.type === 'status') {
      if (leader !== undefined && leader !== message.leader) rejectPending('network');
      leader = message.leader;
      leaderStatus = message;
      leaderCursor = message.cursor;
      tab.cursor ??= leaderCursor;
      if (ownConnection) endCatchUp();
      else if (leaderCursor !== undefined && !tab.hasSeen(leaderCursor)) catchUp();
      if (!ownConnection) tab.setStatus(message);
    } else if (message.type === 'message' || message.type === 'gap') {
      const { type, frame, from } = message;
      leaderCursor = frame.id;
      if (ownConnection) endCatchUp();
      else if (tab.hasSeen(frame.id)) return;
      else if (tab.cursor === undefined || tab.cursor === from) tab.deliver(type, frame);
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

  post({ type: 'hello' });
  return {
    onTabMessage,
    send: (data) =>
      new Promise((resolve, reject) => {
        if (tab.status.status !== 'open') throw new PushwireError('not-open');
        const number = `${Math.random()}`;
        pending.set(number, { resolve, reject });
        post({ type: 'send', number, data });
      }),
    close() {
      ownConnection?.close();
      rejectPending('not-open');
    },
  };
}
