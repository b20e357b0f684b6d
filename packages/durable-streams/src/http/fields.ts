import type { IncomingMessage } from 'node:http';
import { isContentType } from '../protocol/content-type';
import { isTimestamp, type Lifetime, parseTtl } from '../protocol/lifetime';
import type { ProducerStep } from '../protocol/producer';
import { Refusal } from './refusal';

/** The most characters of a producer's id and of a `Stream-Seq`, since the log keeps them. */
const maxLength = 256;

/** Returns the value of a header. The values of one that came several times are joined. */
export function lastValue(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** Other values than `true` count as if the header were absent. */
export function saysClosed(request: IncomingMessage): boolean {
  return lastValue(request, 'stream-closed')?.toLowerCase() === 'true';
}

/** @throws Refusal for a value that is no content type. */
export function contentTypeOf(request: IncomingMessage): string | undefined {
  const type = lastValue(request, 'content-type');
  if (type === undefined || type === '') return undefined;
  if (!isContentType(type)) throw new Refusal(400, 'Content-Type is malformed.');
  return type;
}

/** @throws Refusal for a time that is malformed, or for both headers. */
export function lifetimeOf(request: IncomingMessage): Lifetime {
  const [ttlText, expiresAt] = [lastValue(request, 'stream-ttl'), lastValue(request, 'stream-expires-at')];
  if (ttlText !== undefined && expiresAt !== undefined) {
    throw new Refusal(400, 'Stream-TTL and Stream-Expires-At exclude each other.');
  }
  if (expiresAt !== undefined) {
    if (!isTimestamp(expiresAt)) throw new Refusal(400, 'Stream-Expires-At is no RFC 3339 timestamp.');
    return { expiresAt };
  }
  if (ttlText === undefined) return {};
  const ttl = parseTtl(ttlText);
  if (ttl === undefined) throw new Refusal(400, 'Stream-TTL is no number of seconds.');
  return { ttl };
}

/** @throws Refusal for some of the headers without the others, or for a malformed one. */
export function producerOf(request: IncomingMessage): ProducerStep | undefined {
  const values = ['producer-id', 'producer-epoch', 'producer-seq'].map((name) => lastValue(request, name));
  const [id, epochText, seqText] = values;
  if (values.every((value) => value === undefined)) return undefined;
  const [epoch, seq] = [integerOf(epochText), integerOf(seqText)];
  if (!id || id.length > maxLength || epoch === undefined || seq === undefined) {
    throw new Refusal(400, 'Producer-Id, Producer-Epoch and Producer-Seq are an id and two integers, all or none.');
  }
  return { id, epoch, seq };
}

/** @throws Refusal for a value that is too long. */
export function streamSeqOf(request: IncomingMessage): string | undefined {
  const seq = lastValue(request, 'stream-seq');
  if (seq !== undefined && seq.length > maxLength) throw new Refusal(400, 'Stream-Seq is too long.');
  return seq;
}

function integerOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^(0|[1-9]\d{0,15})$/.test(text)) return undefined;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : undefined;
}
