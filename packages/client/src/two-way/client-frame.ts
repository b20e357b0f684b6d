import { misuse } from '../wire/error.js';

/** Bytes of one argument list: engines limit the number of arguments. */
const piece = 8192;

/** Returns the bytes of a buffer, a typed array or a `DataView`. */
export function bytesOf(data: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  // A buffer may be of another realm, such as a worker's or a test's.
  return Object.prototype.toString.call(data) === '[object ArrayBuffer]'
    ? new Uint8Array(data as ArrayBuffer)
    : undefined;
}

/**
 * Encodes a message to the server as a frame (PROTOCOL.md, section 8.7).
 *
 * @param request the number of the request, if an answer is expected.
 * @throws {TypeError} for data that JSON cannot hold, or whose content it leaves out.
 */
export function clientFrame(data: unknown, request?: number): string {
  const bytes = bytesOf(data);
  const body = JSON.stringify(bytes ? base64(bytes) : data);
  if (body === undefined) throw misuse('send', 'JSON', data);
  if (body === '{}' && !isPlain(data)) throw misuse('send', 'data whose content JSON keeps', data);
  const number = request === undefined ? '' : `"request":${request},`;
  return `{${number}"data":${body}${bytes ? ',"encoding":"base64"' : ''}}`;
}

/**
 * A promise, a `Map`, a `Set` and an `Error` are empty objects in JSON, which nobody means to send.
 */
function isPlain(data: unknown): boolean {
  const prototype = Object.getPrototypeOf(data);
  if ('toJSON' in (data as object)) return true;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function base64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += piece) text += String.fromCharCode(...bytes.subarray(i, i + piece));
  return btoa(text);
}
