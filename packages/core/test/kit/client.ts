import { sseEncoder } from '../../src/encoders/sse';
import { engineFor } from '../../src/hub/engine-for';
import type { Hub } from '../../src/hub/hub';
import { parseCursor } from '../../src/log/cursor';
import { subscribe } from '../../src/subscribing/subscribe';
import { FakeSink, parseEventStream, type ReceivedEvent } from '../../src/testing';

export const settings = {
  heartbeat: 15_000,
  retry: 3000,
  batchDelay: 0,
  padding: 0,
  highWaterMark: 1000,
  maxPending: 10_000,
  fastPath: true,
  maxAge: Number.POSITIVE_INFINITY,
  stallTimeout: 120_000,
  overrun: 'gap' as 'gap' | 'disconnect',
  maxBytes: Number.POSITIVE_INFINITY,
};

/** A client of a hub, connected by a fake sink. */
export interface TestClient {
  readonly sink: FakeSink;
  readonly connection: Awaited<ReturnType<typeof subscribe>>;
  /** Returns all received events, those of the protocol included. */
  events(): ReceivedEvent[];
  /** Returns the data of all received messages. */
  data(): string[];
}

export async function connect(
  hub: Hub,
  names: string[],
  cursor?: string,
  options: Partial<typeof settings> = {},
  sink = new FakeSink(),
): Promise<TestClient> {
  const channels = names.map((name) => hub.channel(name));
  const connection = await subscribe(
    engineFor(channels, hub),
    channels,
    sseEncoder,
    parseCursor(cursor),
    { ...settings, ...options },
    sink,
  );
  const events = () => parseEventStream(sink.text);
  const data = () => {
    const messages = events().filter(({ event }) => !event.startsWith('pushwire:'));
    return messages.map((message) => message.data);
  };
  return { sink, connection, events, data };
}
