import type { IncomingMessage, ServerResponse } from 'node:http';
import { misuse } from '../checks/errors';

/**
 * Checks the arguments of a function that opens something by hand. Without types, a forgotten one
 * would fail somewhere deep inside.
 *
 * @throws TypeError for an argument that is not Node's.
 */
export function checkArguments(incoming: IncomingMessage, response: ServerResponse): void {
  checkNodes('request', "Node's request", 'headers', incoming);
  checkNodes('response', "Node's response", 'writeHead', response);
}

function checkNodes(name: string, wanted: string, member: string, value: unknown): void {
  if (typeof value !== 'object' || value === null || !(member in value)) throw misuse(name, wanted, value);
}
