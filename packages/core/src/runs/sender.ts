import type { SendOptions } from '../log/message';
import { messageFrom } from '../log/outgoing-message';
import type { RunSender } from './produce';
import type { RunsHost } from './runs-host';
import type { Waiting } from './write-queue';

/** Takes what a producer sends. */
export interface SendTarget {
  readonly signal: AbortSignal;
  /** @throws PushwireError `run-ended`. */
  accept(waiting: Waiting): void;
}

/** Makes what a producer without an iterable sends by. */
export function senderOf(id: string, target: SendTarget, host: RunsHost): RunSender {
  const send = (data: unknown, options?: SendOptions): Promise<string> => {
    const message = messageFrom(data, options);
    // The signal has told the producer already.
    if (target.signal.aborted) return host.optional(undefined, Promise.reject(target.signal.reason));
    const sent = new Promise<string>((resolve, reject) => target.accept({ message, settle: { resolve, reject } }));
    return host.optional('send()', sent);
  };
  return { id, send: send as RunSender['send'] };
}
