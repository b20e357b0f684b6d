import { checkOptions, integer, misuse, PushwireError } from '@pushwire/core/backplanes';
import { any, type Wanted } from './http/append';
import type { New } from './http/create';
import { type Answer, Refusal } from './http/refusal';
import { defaultType, isContentType } from './protocol/content-type';
import { maxTtl } from './protocol/lifetime';

/** Options of `streams.create()`. */
export interface CreateOptions {
  /** The content type. Defaults to `application/octet-stream`. */
  contentType?: string;
  /** Seconds without a read or a write after which it expires. By default it never does. */
  ttl?: number;
  /** The time at which it expires. It excludes `ttl`. By default it never does. */
  expiresAt?: Date;
  /** The first content, as a request would have it. By default there is none. */
  body?: string | Uint8Array;
  /** True to close it at once. Defaults to `false`. */
  close?: boolean;
}

/** Options of `streams.append()`. */
export interface AppendOptions {
  /** True to close the stream in the same step. The body may be empty then. Defaults to `false`. */
  close?: boolean;
}

const aContentType = (value: unknown) =>
  typeof value === 'string' && isContentType(value) ? undefined : 'a content type';

const aDate = (value: unknown) =>
  value instanceof Date && Number.isFinite(value.getTime()) ? undefined : 'a Date of a time';

const aBody = (value: unknown) =>
  typeof value === 'string' || value instanceof Uint8Array ? undefined : 'a string or a Uint8Array';

const aBoolean = (value: unknown) => (typeof value === 'boolean' ? undefined : 'true or false');

/** @throws TypeError for options that do not fit. */
export function newOf(options: CreateOptions | undefined): New {
  const checked = checkOptions<CreateOptions>('streams.create', options, {
    contentType: aContentType,
    ttl: integer(0, { max: maxTtl }),
    expiresAt: aDate,
    body: aBody,
    close: aBoolean,
  });
  const { contentType: type = defaultType, ttl, expiresAt, body = '', close: closed = false } = checked;
  if (ttl !== undefined && expiresAt !== undefined) {
    throw misuse('streams.create option expiresAt', 'no time beside ttl', expiresAt);
  }
  const ofTime = expiresAt && { expiresAt: expiresAt.toISOString() };
  return { type, body: bytesOf(body), closed, lifetime: ttl === undefined ? { ...ofTime } : { ttl } };
}

/** @throws TypeError for a body or options that do not fit. */
export function appendOf(body: string | Uint8Array, options: AppendOptions | undefined): Wanted {
  const { close: closes = false } = checkOptions<AppendOptions>('streams.append', options, { close: aBoolean });
  const wanted = aBody(body);
  if (wanted !== undefined) throw misuse('streams.append body', wanted, body);
  return { body: bytesOf(body), type: any, producer: undefined, seq: undefined, closes };
}

/** @throws TypeError for a path that no request could have. */
export function checkPath(method: string, path: string, maxLength: number): void {
  const isPath = typeof path === 'string' && /^\/[^?#\s]*$/.test(path) && path.length <= maxLength;
  if (!isPath) throw misuse(`streams.${method} path`, `a path such as /a, of up to ${maxLength} characters`, path);
}

export function offsetOf({ headers }: Answer): string {
  return headers?.['Stream-Next-Offset'] as string;
}

/** Rejects with the error for the app. */
export function refused(error: unknown): Promise<never> {
  if (!(error instanceof Refusal)) return Promise.reject(error);
  return Promise.reject(new PushwireError('stream-refused', error.message, { status: error.status }));
}

const bytesOf = (body: string | Uint8Array): Buffer => Buffer.from(body as Uint8Array);
