import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '@pushwire/core/backplanes';
import { formatOffset } from '../protocol/offset';
import type { StreamState } from '../protocol/stream-state';
import type { Census } from '../streams/census';
import type { StreamLog } from '../streams/stream-log';
import { Refusal } from './refusal';

/** The settings that requests are answered by. They are the options, with their defaults. */
export interface HttpSettings {
  readonly clock: Clock;
  readonly maxAppendBytes: number;
  readonly maxStreamBytes: number;
  readonly chunkBytes: number;
  readonly longPollTimeout: number;
  readonly sseMaxAge: number;
  readonly heartbeat: number;
  readonly cacheControl: string;
  readonly origin: string | undefined;
}

/** A stream that a request, or the app itself, writes to. */
export interface Target {
  readonly stream: StreamLog;
  readonly settings: HttpSettings;
  readonly census: Census;
}

/** A request for a stream. */
export interface Exchange extends Target {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The URL of the stream, as far as the request tells it, without a query. */
  readonly url: string;
  readonly query: URLSearchParams;
  /** Fires when the client has left, or when the streams are closed. */
  readonly signal: AbortSignal;
  /** Reports a failure of something that no request waits for. */
  failed(error: unknown): void;
}

/** @throws Refusal where there is no stream, whichever process has made it. */
export async function existing({ stream }: Target): Promise<StreamState> {
  if (stream.state === undefined) await stream.refresh();
  if (stream.state === undefined) throw unknownStream();
  return stream.state;
}

export const unknownStream = (): Refusal => new Refusal(404, 'There is no such stream.');

/** The headers about the tail of a stream. */
export function tailHeaders({ tail, isClosed }: StreamState): Record<string, string> {
  return { 'Stream-Next-Offset': formatOffset(tail), ...(isClosed && { 'Stream-Closed': 'true' }) };
}
