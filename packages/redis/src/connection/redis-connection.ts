import type { Script } from '../scripts/script';

/** What a link tells. */
export interface LinkListener {
  /** Commands can be sent. Where several servers stand behind a link, it may be called again when one of them is back. */
  up(): void;
  /** It is of no use any more. */
  down(error: unknown): void;
  announced(channel: string, text: string): void;
}

/**
 * One use of a Redis client, made of the client that the app gave. A link that is down stays down. It sends each command once at the
 * most: one that is sent again by itself could publish a message twice.
 */
export interface Link {
  /** Which life of the server it is connected to; `''` where that may change from one command to the next. */
  readonly life: string;
  evaluate(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown>;
  /** Settles when it is acknowledged: what is published from then on is announced. */
  subscribe(channel: string): Promise<void>;
  unsubscribe(channel: string): Promise<void>;
  destroy(): void;
}

/** How to make links. */
export interface LinkMaker {
  /** Whether what is announced stays in its shard (`SPUBLISH`), and is not told to all nodes of a cluster. */
  readonly isSharded: boolean;
  make(listener: LinkListener): Link;
}

/** A command that a library refused, since it had no connection: nothing was done. */
export class NotSent extends Error {
  override readonly name = 'NotSent';
}

/** Whether Redis itself has answered with an error, and so has done nothing. */
export function isReplyError(error: unknown): boolean {
  return error instanceof Error && /^[A-Z]{2,}\b/.test(error.message);
}

const [runPattern, takeoverPattern] = [/run_id:(\w+)/, /second_repl_offset:(-?\d+)/];

/**
 * Tells the lives of servers apart, by what one says to `INFO server` and `INFO replication`: a restart is another life, and so is taking
 * over, even by a process that was in charge before. `-` where it hides them.
 */
export function lifeOf(server: unknown, replication: unknown): string {
  const run = runPattern.exec(String(server))?.[1];
  return run === undefined ? '-' : `${run}.${takeoverPattern.exec(String(replication))?.[1] ?? ''}`;
}
