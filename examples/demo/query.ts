import type { IncomingMessage } from 'node:http';
import { Refusal } from './refusal';

/**
 * Returns one parameter of the request's query, or `undefined` when it is absent.
 *
 * @throws {Refusal} 400 when it is given more than once.
 */
export function readParameter(request: IncomingMessage, name: string): string | undefined {
  const [, query] = /^[^?]*\?(.*)$/.exec(request.url ?? '') ?? [];
  const [value, ...others] = new URLSearchParams(query).getAll(name);
  if (others.length > 0) throw new Refusal(400, `The parameter "${name}" is given more than once.`);
  return value;
}
