import { createHub, type Hub, type OpenStream } from '@pushwire/core';
import { adapters, type Openers, type Running } from './kit/adapters';
import { type Heard, type ReadRound, readers } from './kit/readers';
import { until } from './kit/until';

describe.each(adapters)('writers by hand on $name', ({ http2, start }) => {
  let hub: Hub;
  let app: Running;

  beforeAll(async () => {
    hub = createHub();
    app = await start();
  });

  afterEach(async () => {
    await until('all connections are closed', () => hub.connections === 0);
    app.errors.length = 0;
  });

  afterAll(async () => {
    await hub.close();
    await app.close();
  });

  /** Serves a handler that opens a stream, and returns its path and the streams. */
  const serve = (options: object = {}, use: (stream: OpenStream) => unknown = () => {}) => {
    const streams: OpenStream[] = [];
    const path = app.serve({
      byHand: async ({ openStream }: Openers) => {
        const stream = await openStream({ hub, ...options });
        streams.push(stream);
        await use(stream);
      },
    });
    return { path, streams };
  };

  const send = (stream: OpenStream) => {
    stream.send('one', { id: '1' });
    stream.send({ n: 2 }, { id: '2', event: 'tick' });
    stream.end();
  };

  it.each(['sse', 'ndjson', 'comet', 'websocket'])('send messages over %s as asked for', async (transport) => {
    const { path, streams } = serve({}, send);
    const read = readers(http2)[transport] as ReadRound;
    const round = await read(app.url + path, undefined, 2);
    const two = transport === 'sse' ? '{"n":2}' : { n: 2 };
    expect(round.messages).toEqual<Heard[]>([
      { id: '1', data: 'one' },
      { id: '2', event: 'tick', data: two },
    ]);
    expect(streams[0]?.transport).toBe(transport);
    await until('it is closed', () => streams[0]?.reason !== undefined);
    expect(await streams[0]?.closed).toBe('ended');
    expect(streams[0]?.signal.aborted).toBe(true);
    expect(app.errors).toEqual([]);
  });
});
