import type { LogWritten } from '../backplanes/log-write';
import { isPromise, misuse } from '../checks/errors';
import { formatPosition } from '../log/cursor';
import { checkSize, type Message } from '../log/message';
import type { WriteConditions } from '../log/write-conditions';
import type { Engine } from './engine';

/** A write to a channel, and the app's call that it is done for. */
export interface ChannelWrite extends WriteConditions {
  readonly call: string;
  readonly messages: readonly Message[];
  readonly ends: boolean;
}

/**
 * Writes to a channel in one step.
 *
 * @returns the ids of the messages, or those of the first write with the same key. The promise need
 * not be awaited.
 * @throws TypeError for a backplane that cannot write in one step.
 */
export function write(engine: Engine, channel: string, { call, ...wanted }: ChannelWrite): Promise<string[]> {
  checkMethod(engine, 'write', call);
  const done = (written: LogWritten) => {
    const ids = idsOf(written);
    if (!written.isRepeated) {
      for (const [i, { size }] of wanted.messages.entries()) engine.observer.published(channel, ids[i] as string, size);
    }
    return ids;
  };
  return attempt(engine, call, () => {
    const { backplane } = engine;
    const size = wanted.messages.reduce((sum, message) => sum + message.size, 0);
    checkSize({ size }, engine.maxMessageBytes);
    const written = backplane.write?.(channel, wanted) as LogWritten | Promise<LogWritten>;
    return isPromise(written) ? written.then(done) : done(written);
  });
}

/**
 * Deletes a channel.
 *
 * @throws TypeError for a backplane that cannot.
 */
export function deleteChannel(engine: Engine, channel: string): Promise<void> {
  checkMethod(engine, 'delete', 'delete()');
  return attempt(engine, 'delete()', () => engine.backplane.delete?.(channel));
}

/** @throws TypeError for an open hub whose backplane lacks a method. */
function checkMethod(engine: Engine, method: 'write' | 'delete', call: string): void {
  if (engine.isClosed || engine.backplane[method]) return;
  throw misuse('backplane', `one with the method ${method}(), for ${call}`, engine.backplane);
}

/** Does work whose failures reject a promise that need not be awaited. */
function attempt<T>(engine: Engine, call: string, work: () => T | PromiseLike<T>): Promise<T> {
  let promise: Promise<T>;
  try {
    promise = Promise.resolve(work());
  } catch (error) {
    promise = Promise.reject(error);
  }
  return engine.unawaited.optional(call, promise);
}

function idsOf({ epoch, from, head }: LogWritten): string[] {
  return Array.from({ length: head - from }, (_, i) => formatPosition({ epoch, offset: from + 1 + i }));
}
