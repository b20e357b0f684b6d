import type { PushwireError } from '../wire/error.js';
import { deliverTo, type Means, type Role } from './role.js';
import { detailsOf, type Saying } from './saying.js';

/** The tab that holds the connection. It tells the others all that comes, and where it stands. */
export function lead({ tab, open, say }: Means, name: string): Role {
  const connection = open();
  const tell = () => {
    const { status, transport, since } = connection;
    say({ type: 'status', leader: name, status, transport, since, cursor: tab.cursor });
  };
  deliverTo(tab, connection, (type, frame, from) => {
    // What has no id is for this tab alone.
    if (frame.id !== undefined) say({ type, frame, from });
  });
  connection.onError(({ code, ...details }) => say({ type: 'error', code, details: detailsOf(details) }));
  connection.onStatus((doing) => {
    tab.cursor ??= connection.cursor;
    tell();
    tab.tell(doing);
  });

  const sendFor = async (number: string, data: unknown) => {
    try {
      await connection.send(data);
      say({ type: 'sent', number });
    } catch (error) {
      const { code, ...details } = error as PushwireError;
      say({ type: 'sent', number, code, details: detailsOf(details) });
    }
  };
  return {
    hear(saying: Saying) {
      if (saying.type === 'hello') tell();
      else if (saying.type === 'send') sendFor(saying.number, saying.data);
    },
    send: (data) => connection.send(data),
    close: () => connection.close(),
  };
}
