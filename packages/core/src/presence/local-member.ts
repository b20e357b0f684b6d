import type { Message } from '../log/message';
import type { Update } from './update';

/** A member that this process has. */
export interface LocalMember {
  /** A member without any is about to leave. */
  connections: number;
  /** The data that its newest connection came with. */
  joined: Message;
  /** The newest data that this process knows of. */
  message: Message;
  /** The news that the store was not told yet. */
  news: 'joined' | 'updated' | undefined;
  /** Callers that wait until others are told. */
  update: Update | undefined;
}
