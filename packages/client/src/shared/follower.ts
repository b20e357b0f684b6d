import type { AnyEvents, Connection, ConnectionStatus } from '../connection.js';
import { PushwireError } from '../wire/error.js';
import { deliverTo, type Means, type Role } from './role.js';
import type { Saying } from './saying.js';

/**
 * A tab that lives by what the leader tells. Where that does not lead on from where this tab is, it catches up over a
 * connection of its own, until both are in the same place.
 */
export function follow({ tab, open, say }: Means): Role {
  const waiting = new Map<string, { resolve(): void; reject(error: PushwireError): void }>();
  let own: Connection<AnyEvents> | undefined;
  let leader: string | undefined;
  let leaderAt: string | undefined;
  let doing: ConnectionStatus | undefined;

  const meet = () => {
    if (!own || own.cursor !== leaderAt) return;
    own.close();
    own = undefined;
    tab.cursor = leaderAt;
    if (doing) tab.tell(doing);
  };
  const catchUp = () => {
    own = open();
    deliverTo(tab, own, meet);
    own.onStatus((how) => {
      if (how.status === 'failed') tab.tell(how);
      meet();
    });
  };
  const abandon = (code: 'network' | 'not-open') => {
    for (const { reject } of waiting.values()) reject(new PushwireError(code));
    waiting.clear();
  };

  const hear = (saying: Saying) => {
    if (saying.type === 'status') {
      if (leader !== undefined && leader !== saying.leader) abandon('network');
      leader = saying.leader;
      doing = saying;
      leaderAt = saying.cursor;
      tab.cursor ??= leaderAt;
      if (own) meet();
      else if (leaderAt !== undefined && !tab.knows(leaderAt)) catchUp();
      if (!own) tab.tell(saying);
    } else if (saying.type === 'message' || saying.type === 'gap') {
      const { type, frame, from } = saying;
      leaderAt = frame.id;
      if (own) meet();
      else if (tab.knows(frame.id)) return;
      else if (tab.cursor === undefined || tab.cursor === from) tab.deliver(type, frame);
      else catchUp();
    } else if (saying.type === 'error') tab.fail(new PushwireError(saying.code, saying.details));
    else if (saying.type === 'sent') {
      const { number, code, details } = saying;
      const sent = waiting.get(number);
      waiting.delete(number);
      if (code) sent?.reject(new PushwireError(code, details));
      else sent?.resolve();
    }
  };

  say({ type: 'hello' });
  return {
    hear,
    send: (data) =>
      new Promise((resolve, reject) => {
        if (tab.doing.status !== 'open') throw new PushwireError('not-open');
        const number = `${Math.random()}`;
        waiting.set(number, { resolve, reject });
        say({ type: 'send', number, data });
      }),
    close() {
      own?.close();
      abandon('not-open');
    },
  };
}
