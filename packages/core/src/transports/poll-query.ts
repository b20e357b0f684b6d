import type { IncomingMessage } from 'node:http';
import { badRequest } from '../checks/errors';
import { cursorOf, waitOf } from '../http/query';
import { isWithoutPlace } from '../log/cursor';
import type { PollRouteSettings } from './poll-options';

const clientPattern = /^[\w-]{1,64}$/;

/** A poll as its request describes it. */
export interface PollQuery {
  /** The cursor that the client sent. */
  readonly cursor: string | undefined;
  /** Milliseconds for which the poll may be held. */
  readonly wait: number;
  /** The name that the client gave itself. */
  readonly name: string | undefined;
}

/** Reads the requests of one route. */
export class PollQueries {
  #last: { readonly query: URLSearchParams; readonly asked: PollQuery } | undefined;

  constructor(readonly settings: Pick<PollRouteSettings<unknown>, 'parameter' | 'first' | 'wait'>) {}

  /**
   * Most polls ask for the same as the one before.
   *
   * @throws PushwireError `bad-request` for a cursor, a wait or a name that is malformed.
   */
  of({ incoming, query }: { readonly incoming: IncomingMessage; readonly query: URLSearchParams }): PollQuery {
    const { method, headers } = incoming;
    const isInQuery = method === 'GET' && headers['last-event-id'] === undefined;
    if (isInQuery && this.#last?.query === query) return this.#last.asked;
    const { parameter, first, wait: longest } = this.settings;
    const cursor = cursorOf(incoming, query, parameter);
    const waits = method !== 'HEAD' && (first === 'wait' || !isWithoutPlace(cursor));
    const wait = waitOf(query, longest);
    const asked = { cursor, wait: waits ? wait : 0, name: clientOf(query) };
    if (isInQuery) this.#last = { query, asked };
    return asked;
  }
}

function clientOf(query: URLSearchParams): string | undefined {
  const client = query.get('client') ?? undefined;
  if (client !== undefined && !clientPattern.test(client)) {
    throw badRequest('The client must be 1 to 64 letters, digits, _ and -.');
  }
  return client;
}
