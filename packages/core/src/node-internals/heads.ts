// Node does not document what these functions use. Each says what happens if Node changes it, and
// `test/node-internals.test.ts` checks each assumption on every supported version.

import { OutgoingMessage, type ServerResponse } from 'node:http';

/** A response whose head is made. */
type WithHead = { _send?: (data: string, encoding: 'latin1') => boolean; readonly _header?: string };

/**
 * Sends the head of a response and text after it as one string, as `flushHeaders()` sends the head:
 * `response._send()`. A write of several pieces costs two thirds more. The response keeps its head,
 * `response._header`, as a tree of 35 strings. To make a number of it joins them in place.
 *
 * If `_send()` is missing, this returns `undefined`, and the head and the text go out as several
 * pieces. If `_header` is, a response that is not detached takes 0.7 KiB more.
 *
 * @param text the bytes that follow the head on the socket, in Latin-1.
 * @returns the value that `write()` returns.
 */
export function sendWithHead(response: ServerResponse, text: string): boolean | undefined {
  const withHead = response as WithHead;
  Number(withHead._header);
  return withHead._send?.(text, 'latin1');
}

type OutHeaders = Record<string, [name: string, value: unknown] | undefined>;

/** The key of the headers of all responses, once one has had it. */
let keyOfHeaders: symbol | undefined;

function headersIn(response: object): OutHeaders | null | undefined {
  keyOfHeaders ??= Object.getOwnPropertySymbols(response).find(({ description }) => description === 'kOutHeaders');
  return keyOfHeaders && (response as Record<symbol, OutHeaders | null>)[keyOfHeaders];
}

/**
 * The headers of a response of which one is `name`, to add some whose names and values need no
 * checks: `response[kOutHeaders]`, with a name and a value under each name in lower case.
 * `setHeader()` takes a good part of the time in which a head is made.
 *
 * If they are not there, or if something else than Node sets headers, this returns `undefined`, and
 * each is set by `setHeader()`.
 */
export function openHeadersOf(response: object, name = 'Content-Type'): OutHeaders | undefined {
  const isNodes = isOfNode && (response as Partial<ServerResponse>).setHeader === setHeader;
  const headers = isNodes ? headersIn(response) : undefined;
  return headers?.[name.toLowerCase()]?.[0] === name ? headers : undefined;
}

/** Tools and middleware replace this, to learn of headers. */
const { setHeader } = OutgoingMessage.prototype;

/** False if a tool that was loaded before has replaced it. Node's own names their key. */
const isOfNode = Function.prototype.toString.call(setHeader).includes('kOutHeaders');

/** The headers of the response that was looked at last, under Node's key for them. */
let lastHeaders: OutHeaders | undefined;

/**
 * Lets responses with the same headers share the object that holds them: `response[kOutHeaders]`.
 * Nothing changes it after the head is sent: Node refuses that.
 *
 * If it is missing, each response keeps its own.
 */
export function shareHeaders(response: ServerResponse): void {
  const own = headersIn(response);
  if (!own || !keyOfHeaders || !response.headersSent) return;
  if (!lastHeaders || !haveSameValues(own, lastHeaders)) lastHeaders = own;
  else (response as unknown as Record<symbol, OutHeaders>)[keyOfHeaders] = lastHeaders;
}

function haveSameValues(a: OutHeaders, b: OutHeaders): boolean {
  const [keys, others] = [Object.keys(a), Object.keys(b)];
  const isSame = (key: string, at: number) =>
    key === others[at] && a[key]?.[0] === b[key]?.[0] && a[key]?.[1] === b[key]?.[1];
  return keys.length === others.length && keys.every(isSame);
}

type HeadMethod = (...head: unknown[]) => unknown;

/**
 * Calls a listener when the head of a response is made of its headers, after all middleware that
 * wraps `writeHead()`. The listener may still set headers. `response._storeHeader()` makes the head
 * over HTTP/1, and over HTTP/2 the documented `stream.respond()` sends it.
 *
 * If the method is missing, this returns false, and no answer is shared by caches.
 */
export function beforeHead(response: ServerResponse, listener: () => void): boolean {
  const { stream } = response as { stream?: { respond?: HeadMethod } };
  const [owner, name] = stream ? [stream, 'respond'] : [response, '_storeHeader'];
  const methods = owner as Record<string, HeadMethod | undefined>;
  const original = methods[name];
  if (typeof original !== 'function') return false;
  methods[name] = function (this: unknown, ...head) {
    listener();
    return Reflect.apply(original, this, head);
  };
  return true;
}
