import { badRequest, messagesLost, misuse, notAsync } from '../checks/errors';
import type { Encoder, ForeignClients } from '../encoders/encoder';
import { encodeComment } from '../encoders/event-block';
import { encodeReconnection, paddingComment } from '../encoders/sse';
import type { Batch } from '../log/batch';
import type { Cursor } from '../log/cursor';
import { type Message, plainText } from '../log/message';
import type { Outcome } from '../log/outcome';
import type { Dialect, DialectFailure } from './dialect';

/** Calls a function of the app. */
type Call = <T>(act: () => T) => T;

const eventStream = 'text/event-stream';

/** The bytes for a gap. They are never sent, since a client with one is cut off. */
const untold = ':\n';

/**
 * Makes the encoder of a dialect.
 *
 * @param name differs between encoders that make different bytes.
 * @param call calls the functions of the dialect.
 */
export function dialectEncoder(dialect: Dialect, name: string, call: Call): Encoder {
  const text = (option: string, make: () => unknown) => checkText(`dialect ${dialect.name}, ${option}`, call(make));
  const encode = (message: Message, offset?: number, id?: string, retry?: number) => {
    const about = { text: plainText(message), event: message.event, id, offset, retry };
    return text('message', () => dialect.message(about));
  };
  const encoder: Encoder = {
    name,
    transport: 'sse',
    contentType: dialect.contentType ?? eventStream,
    isBare: true,
    foreign: foreignClients(dialect, text, () => countingEncoder(encoder, encode)),
    heartbeat: dialect.heartbeat ?? ':\n',
    open: (opening) => paddingComment(opening) + text('opening', () => dialect.opening?.() ?? ''),
    batch({ gap, messages, cursors }: Batch) {
      let all = gap ? text('gap', () => dialect.gap?.(gap) ?? untold) : '';
      for (const [i, message] of messages.entries()) all += encode(message, offsetOf(cursors[i]), cursors[i]);
      return all;
    },
    message: (message, id, retry) => encode(message, undefined, id, retry),
    alone: (message) => encode(message),
    ...(isEventStream(dialect) && { comment: encodeComment, reconnection: encodeReconnection }),
    snapshot: () => '',
    end: () => '',
    retry: () => '',
    error: () => '',
  };
  return encoder;
}

/** Numbers the messages of a generator, or of a stream by hand, which are for one client. */
function countingEncoder(
  encoder: Encoder,
  encode: (message: Message, offset: number, id?: string, retry?: number) => string,
): Encoder {
  let count = 0;
  const { foreign } = encoder;
  return {
    ...encoder,
    ...(foreign && { foreign: { ...foreign, lastWords: (outcome) => foreign.lastWords(outcome, count) } }),
    message(message, id, retry) {
      const bytes = encode(message, count + 1, id, retry);
      count++;
      return bytes;
    },
    batch(batch) {
      // A generator yields the gap of a channel that it reads.
      if (batch.gap && !foreign?.tellsGaps) throw messagesLost();
      return encoder.batch(batch);
    },
  };
}

const isEventStream = ({ contentType = eventStream }: Dialect): boolean => contentType.startsWith(eventStream);

function foreignClients(
  dialect: Dialect,
  text: (option: string, make: () => unknown) => string,
  forOne: () => Encoder,
): ForeignClients {
  return {
    headers: dialect.headers ?? {},
    headersAt: (newest) => ({ ...dialect.headers, ...dialect.headersAt?.(newest) }),
    tellsGaps: dialect.gap !== undefined,
    replaysEnded: dialect.whenEnded !== 'no-content',
    whenFinished: dialect.whenFinished === 'end' ? 'last-words' : 'no-content',
    lastWords(outcome, offset) {
      if (outcome.outcome === 'completed') return text('end', () => dialect.end?.() ?? '');
      const failure = failureOf(outcome.outcome, outcome, offset);
      const words = text('error', () => dialect.error?.(failure) ?? '');
      return words === '' ? undefined : words;
    },
    // Requests with the same query share it, and an app may write to what it gets.
    placeOf: (query) => placeOf(dialect.received?.(new URLSearchParams(query))),
    forOne,
  };
}

function failureOf(
  outcome: DialectFailure['outcome'],
  { code, reason }: Outcome,
  offset: number | undefined,
): DialectFailure {
  return { outcome, code: code ?? `run-${outcome}`, reason, offset };
}

/** @throws PushwireError `bad-request` for a number that is no integer. */
function placeOf(received: number | undefined): Cursor | undefined {
  if (received === undefined) return undefined;
  if (!Number.isSafeInteger(received)) throw badRequest('The number of received messages must be an integer.');
  return received < 0 ? { last: -received } : { after: received };
}

/** A joined or a single message has the cursor `<epoch>.<offset>`. */
const offsetOf = (cursor: string | undefined) =>
  cursor === undefined ? undefined : Number(cursor.slice(cursor.lastIndexOf('.') + 1));

function checkText(option: string, value: unknown): string {
  if (typeof value !== 'string') throw misuse(option, 'a string', notAsync(option, 'a string', value));
  return value;
}
