import { keyLimitsOf, type LogLimits, type LogWrite, type LogWritten, PushwireError } from '@pushwire/core/backplanes';
import { encodeMessage } from './message-text';

/** Formats a limit for a script. */
export const limitArgument = (limit: number): string => (limit === Number.POSITIVE_INFINITY ? 'inf' : String(limit));

export const limitArguments = ({ count, bytes, age }: LogLimits): string[] => [count, bytes, age].map(limitArgument);

/** The arguments of the script `write` after the common ones. */
export function writeArguments({ messages, ends, key, after }: LogWrite, limits: LogLimits): string[] {
  const { idempotencyKeys, idempotencyAge } = keyLimitsOf(limits);
  const keys = [key ?? '', limitArgument(idempotencyKeys), limitArgument(idempotencyAge)];
  const place = after ? [after.epoch, String(after.offset)] : ['', ''];
  return [...keys, ...place, ends ? '1' : '', ...limitArguments(limits), ...messages.map(encodeMessage)];
}

type Reply = ['written', epoch: string, from: string, head: string, isRepeated: number, heard: number];

/** A reply of the script `write`. `isHeard` is false if no process on the server heard of it. */
interface HeardOf extends LogWritten {
  readonly isHeard: boolean;
}

/** @throws {PushwireError} `channel-ended` or `head-moved`. */
export function parseWritten(channel: string, reply: unknown): HeardOf {
  const [kind, epoch, from, head, isRepeated, heard] = reply as Reply | ['ended' | 'head-moved'];
  const name = JSON.stringify(channel);
  if (kind === 'ended') throw new PushwireError('channel-ended', `The channel ${name} has ended.`);
  if (kind === 'head-moved') {
    throw new PushwireError('head-moved', `The channel ${name} has another newest message.`);
  }
  return {
    epoch: epoch as string,
    from: Number(from),
    head: Number(head),
    isRepeated: Number(isRepeated) === 1,
    isHeard: Number(heard) > 0,
  };
}
