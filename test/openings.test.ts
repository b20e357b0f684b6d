import type { Server } from 'node:http';
import { createHub, type Hub } from '@pushwire/core';
import { WebSocket } from 'ws';
import { adapters, type Running } from './kit/adapters';
import { until } from './kit/until';

// The server says which cursor has come, to clients that speak pushwire.v1, and never to old pages.

describe.each(adapters.filter(({ name }) => ['Express 5', 'Koa 3'].includes(name)))('on $name', ({ start }) => {
  let hub: Hub;
  let app: Running;

  beforeEach(async () => {
    hub = createHub();
    app = await start({ '/a': { source: hub.channel('a'), push: { longPoll: { batchDelay: 0 } } } });
  });
  afterEach(async () => {
    await hub.close();
    (app.server as Server).closeAllConnections();
    await app.close();
  });

  /** The data of the first block of an event stream. */
  async function firstBlock(query: string): Promise<string> {
    const aborting = new AbortController();
    const { body } = await fetch(`${app.url}/a?transport=sse${query}`, { signal: aborting.signal });
    const { value } = (await body?.getReader().read()) ?? {};
    aborting.abort();
    return /^data: (.*)$/m.exec(new TextDecoder().decode(value))?.[1] ?? '';
  }
  const poll = async (query: string) => (await fetch(`${app.url}/a?transport=long-poll${query}`)).json();

  it('the opening of an event stream names the cursor that came, for pushwire.v1 alone', async () => {
    const id = await hub.channel('a').publish(1);
    for (const cursor of ['0', id]) {
      const frame = JSON.parse(await firstBlock(`&protocol=pushwire.v1&cursor=${cursor}`));
      expect([frame.event, frame.data.from]).toEqual(['pushwire:open', cursor]);
      expect(await firstBlock(`&cursor=${cursor}`)).not.toContain('from');
    }
    expect(JSON.parse(await firstBlock('&protocol=pushwire.v1')).data).not.toHaveProperty('from');
  });

  it('the answer to a poll names the cursor that came, also one that polls share', async () => {
    const { cursor, ...rest } = (await poll('')) as { cursor: string };
    expect(rest).not.toHaveProperty('from');
    expect(await poll(`&cursor=${cursor}&wait=0`)).toMatchObject({ from: cursor });
    expect(await poll('&cursor=0&wait=0')).toMatchObject({ from: '0' });
    const held = [poll(`&cursor=${cursor}`), poll(`&cursor=${cursor}`)];
    await until('both are held', async () => (await hub.stats()).connections === 2);
    await hub.channel('a').publish(1);
    for (const answer of await Promise.all(held))
      expect(answer).toMatchObject({ from: cursor, messages: [{ data: 1 }] });
  });

  it('the opening of a WebSocket names the cursor that came', async () => {
    const id = await hub.channel('a').publish(1);
    for (const from of [id, undefined]) {
      const socket = new WebSocket(`${app.url.replace('http', 'ws')}/a${from ? `?cursor=${from}` : ''}`, 'pushwire.v1');
      const first = await new Promise<string>((resolve) => socket.once('message', (data) => resolve(`${data}`)));
      expect(JSON.parse(first).data.from).toBe(from);
      socket.terminate();
    }
  });

  it('Retry-After can be read by a page of another origin, beside what the app exposes', async () => {
    const path = app.serve({
      source: hub.channel('a'),
      push: {},
      headers: { 'Access-Control-Expose-Headers': 'X-Mine', 'Access-Control-Allow-Origin': '*' },
    });
    await hub.close();
    const busy = (origin: Record<string, string>) =>
      fetch(`${app.url}${path}?transport=poll`, { headers: { connection: 'close', ...origin } });
    const foreign = await busy({ origin: 'https://other.example' });
    expect([foreign.status, foreign.headers.get('access-control-expose-headers')]).toEqual([
      503,
      'X-Mine, Retry-After',
    ]);
    expect((await busy({})).headers.get('access-control-expose-headers')).toBe('X-Mine');
  });
});
