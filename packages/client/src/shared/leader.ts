import { PushwireError } from '../wire/error.js';
import { deliverTo, type Role, type RoleContext } from './role.js';
import { detailsOf, type LeaderNews, type TabMessage } from './tab-message.js';

/**
 * Holds the connection, and passes on to the other tabs what arrives, with the status and cursor.
 *
 * @param term is in all messages of this leader.
 */
export function lead({ tab, clock, open, post: postToAll }: RoleContext, term: number): Role {
  const connection = open();
  const post = (news: LeaderNews) => postToAll({ ...news, term });
  const postStatus = () => {
    const { status, transport, since, end } = connection;
    post({ type: 'status', status, transport, since, end, cursor: tab.cursor });
  };
  const removers = [
    deliverTo(tab, connection, (type, frame, from) => {
      // The server sent a message without an id to this tab alone, or it is a part of a snapshot.
      if (frame.id && (type === 'message' || !tab.isState)) post({ type, frame, from });
      // The other tabs of a state get gaps and snapshots of their own.
      else if (tab.cursor !== from) postStatus();
    }),
    connection.onError(({ code, ...details }) => post({ type: 'error', code, details: detailsOf(details) })),
    connection.onStatus((status) => {
      if (!tab.isState) tab.cursor ??= connection.cursor;
      postStatus();
      tab.setStatus(status);
    }),
  ];

  const sendFor = async ({ number, data, until }: Extract<TabMessage, { type: 'send' }>) => {
    try {
      // After a suspension of this tab, the follower may have sent the same by another way.
      if (clock.now() > until) throw new PushwireError('network');
      await connection.send(data);
      post({ type: 'sent', number });
    } catch (error) {
      const { code, ...details } = error as PushwireError;
      post({ type: 'sent', number, code, details: detailsOf(details) });
    }
  };
  return {
    onTabMessage(message: TabMessage) {
      if (message.type === 'hello') postStatus();
      else if (message.type === 'send') sendFor(message);
    },
    send: (data) => connection.send(data),
    close() {
      for (const remove of removers) remove();
      connection.close();
    },
  };
}
