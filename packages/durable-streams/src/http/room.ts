import { type Append, type Content, type Create, sizeOf } from '../protocol/command';
import { commandOverhead } from '../protocol/counts';
import type { Decision } from '../streams/stream-log';
import type { Target } from './exchange';
import { Refusal } from './refusal';

/**
 * Submits a command, unless it needs room and there is none. A repeated command needs none, and a
 * stream can always be closed.
 *
 * @throws Refusal for a command for which the limits leave no room.
 */
export async function submitWithin(target: Target, command: Create | Append, content: Content): Promise<Decision> {
  const { stream } = target;
  const isFree = command.kind === 'append' && content.length === 0;
  const attempt = () => {
    const needsRoom = !isFree && stream.judge(command, content).kind === 'accepted';
    return needsRoom ? withRoom(target, command, content) : stream.submit(command, content);
  };
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // Another process may have written the same.
    await stream.refresh();
    return attempt();
  }
}

/** Holds room while the command is written. The stream counts what was written before that ends. */
async function withRoom(target: Target, command: Create | Append, content: Content): Promise<Decision> {
  const { stream, census, settings } = target;
  const [isNew, bytes] = [command.kind === 'create', sizeOf(content) + commandOverhead];
  const mostBytes = settings.maxStreamBytes;
  if ((isNew ? sizeOf(content) : stream.bytes + bytes) > mostBytes) {
    throw new Refusal(413, `A stream may have at most ${mostBytes} bytes.`);
  }
  const release = await census.reserve({ streams: isNew ? 1 : 0, bytes });
  if (release === undefined) throw new Refusal(507, 'There is no room for more streams or bytes.');
  try {
    return await stream.submit(command, content);
  } finally {
    release();
  }
}
