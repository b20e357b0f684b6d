import type { IncomingMessage, ServerResponse } from 'node:http';
import { misuse } from '../checks/errors';

/** Responses that a stream or a poll by hand has. */
const taken = new WeakSet<ServerResponse>();

/**
 * Checks the arguments of a function that opens something by hand. Without types, a forgotten one
 * would fail somewhere deep inside.
 *
 * @throws TypeError for an argument that is not Node's, and for a response that is taken.
 */
export function checkArguments(incoming: IncomingMessage, response: ServerResponse): void {
  checkNodes('request', "Node's request", 'headers', incoming);
  checkNodes('response', "Node's response", 'writeHead', response);
  if (taken.has(response)) {
    throw new TypeError('response: expected one stream or poll for it, but it has one already');
  }
}

/** Nothing else can be opened on this response. A request that was rejected may be tried anew. */
export function take(response: ServerResponse): void {
  taken.add(response);
}

function checkNodes(name: string, wanted: string, member: string, value: unknown): void {
  if (typeof value !== 'object' || value === null || !(member in value)) throw misuse(name, wanted, value);
}
