import type { IncomingMessage } from 'node:http';
import { queryOf } from '../../src/http/query';
import { PollQueries } from '../../src/transports/poll-query';

const settings = { first: 'answer', wait: 20_000 } as const;

function ask(queries: PollQueries, method: string, url: string, headers: Record<string, string> = {}) {
  const incoming = { method, url, headers } as unknown as IncomingMessage;
  return queries.of({ incoming, query: queryOf(incoming) });
}

describe('what a poll asks for', () => {
  it('is read once for requests with the same query', () => {
    const queries = new PollQueries(settings);
    const first = ask(queries, 'GET', '/?cursor=a.1&wait=5&client=me');
    expect(first).toEqual({ cursor: 'a.1', wait: 5000, name: 'me' });
    expect(ask(queries, 'GET', '/other?cursor=a.1&wait=5&client=me')).toBe(first);
    expect(ask(queries, 'GET', '/?cursor=a.2&wait=5&client=me')).toEqual({ cursor: 'a.2', wait: 5000, name: 'me' });
    expect(ask(queries, 'GET', '/')).toEqual({ cursor: undefined, wait: 0, name: undefined });
  });

  it('is not that of a GET before for a HEAD, which does not wait', () => {
    const queries = new PollQueries(settings);
    ask(queries, 'GET', '/?cursor=a.1');
    expect(ask(queries, 'HEAD', '/?cursor=a.1').wait).toBe(0);
    expect(ask(queries, 'GET', '/?cursor=a.1').wait).toBe(20_000);
  });

  it('is not that of the query where a header has the cursor', () => {
    const queries = new PollQueries(settings);
    ask(queries, 'GET', '/?cursor=a.1');
    expect(ask(queries, 'GET', '/?cursor=a.1', { 'last-event-id': 'a.7' }).cursor).toBe('a.7');
    expect(ask(queries, 'GET', '/?cursor=a.1').cursor).toBe('a.1');
  });

  it('is refused each time where it is malformed', () => {
    const queries = new PollQueries(settings);
    for (let i = 0; i < 2; i++) expect(() => ask(queries, 'GET', '/?client=no+name')).toThrow('client');
  });

  it('is not that of another route', () => {
    const named = new PollQueries({ ...settings, parameter: 'from' });
    expect(ask(new PollQueries(settings), 'GET', '/?cursor=a.1&from=b.2').cursor).toBe('a.1');
    expect(ask(named, 'GET', '/?cursor=a.1&from=b.2').cursor).toBe('b.2');
  });
});
