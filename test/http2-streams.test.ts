import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { createHub, type Hub } from '@pushwire/core';
import { adapters, type Running } from './kit/adapters';
import { until } from './kit/until';

// One HTTP/2 session may open any number of streams. Each counts, as a connection of its own would.

describe('streams of one HTTP/2 session', () => {
  let hub: Hub;
  let app: Running;
  let session: ClientHttp2Session;
  let cursor: string;

  const listen = async (limits: { connections?: number; perClient?: number }) => {
    hub = createHub({ limits });
    const adapter = adapters.find(({ http2 }) => http2) as (typeof adapters)[number];
    app = await adapter.start({ '/': { source: hub.channel('a'), push: {} } });
    cursor = await hub.channel('a').publish('first');
    session = connect(app.url);
    session.on('error', () => {});
  };
  afterEach(async () => {
    session.destroy();
    await hub.close();
    await app.close();
  });

  const open = (transport: string): ClientHttp2Stream => {
    const stream = session.request({ ':path': `/?transport=${transport}&cursor=${cursor}` });
    stream.on('error', () => {});
    return stream;
  };
  const eventOf = async (stream: ClientHttp2Stream) => {
    let text = '';
    for await (const bytes of stream) {
      text += bytes;
      const [, event] = /event: pushwire:(\w+)/.exec(text) ?? [];
      if (event) return event;
    }
    return text;
  };

  it.each([{ perClient: 3 }, { connections: 3 }])('count each for the limits %j', async (limits) => {
    await listen(limits);
    const events = [];
    const streams = [];
    for (let n = 0; n < 5; n++) {
      const stream = open('sse');
      streams.push(stream);
      const [head] = await once(stream, 'response');
      expect(head[':status']).toBe(200);
      events.push(
        await new Promise((resolve) => stream.once('data', (bytes) => resolve(/pushwire:(\w+)/.exec(bytes)?.[1]))),
      );
    }
    expect(events).toEqual(['open', 'open', 'open', 'retry', 'retry']);
    const poll = open('long-poll');
    const [head] = await once(poll, 'response');
    expect([head[':status'], hub.stats().connections]).toEqual([503, 3]);
  });

  it('leave nothing behind when they are reset as soon as they are opened', async () => {
    await listen({ perClient: 3 });
    for (let round = 0; round < 20; round++) {
      const streams = Array.from({ length: 20 }, (_, n) => open(n % 2 ? 'sse' : 'long-poll'));
      await new Promise((resolve) => setImmediate(resolve));
      for (const stream of streams) stream.close(constants.NGHTTP2_CANCEL);
      expect(hub.stats().connections).toBeLessThanOrEqual(3);
    }
    await until('none is open', () => hub.stats().connections === 0 && hub.stats().connections === 0);
    // nghttp2 may have closed a session that resets so many.
    if (session.closed || session.destroyed) session = connect(app.url);
    expect(await eventOf(open('sse'))).toBe('open');
  });
});
