import type { PushwireError } from '../wire/error.js';
import { deliverTo, type Role, type RoleContext } from './role.js';
import { detailsOf, type TabMessage } from './tab-message.js';

/**
 * Holds the connection, and passes on to the other tabs what arrives, with the status and cursor.
 */
export function lead({ tab, open, post }: RoleContext, name: string): Role {
  const connection = open();
  const postStatus = () => {
    const { status, transport, since } = connection;
    post({ type: 'status', leader: name, status, transport, since, cursor: tab.cursor });
  };
  deliverTo(tab, connection, (type, frame, from) => {
    // The server sent a message without an id to this tab alone.
    if (frame.id !== undefined) post({ type, frame, from });
  });
  connection.onError(({ code, ...details }) => post({ type: 'error', code, details: detailsOf(details) }));
  connection.onStatus((status) => {
    tab.cursor ??= connection.cursor;
    postStatus();
    tab.setStatus(status);
  });

  const sendFor = async (number: string, data: unknown) => {
    try {
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
      else if (message.type === 'send') sendFor(message.number, message.data);
    },
    send: (data) => connection.send(data),
    close: () => connection.close(),
  };
}
