import { subscribe } from '../../src/delivery/subscribe';
import { sseEncoder } from '../../src/encoders/sse';
import { engineFor, type Hub } from '../../src/hub/hub';
import { parseCursor } from '../../src/log/cursor';
import { FakeSink, parseEventStream, type ReceivedEvent } from '../../src/testing';

export const settings = {
  heartbeat: 15_000,
  retry: 3000,
  batchDelay: 0,
  padding: 0,
  highWaterMark: 1000,
  fastPath: true,
  maxAge: Number.POSITIVE_INFINITY,
  stallTimeout: 120_000,
  overrun: 'gap' as 'gap' | 'disconnect',
  maxBytes: Number.POSITIVE_INFINITY,
};

/** A client of a hub, through a fake sink. */
export interface TestClient {
  readonly sink: FakeSink;
  readonly connection: Awaited<ReturnType<typeof subscribe>>;
  /** All that came, the protocol's own events too. */
  events(): ReceivedEvent[];
  /** The data of the messages that came. */
  data(): string[];
}

export async function connect(
  hub: Hub,
  names: string[],
  cursor?: string,
  given: Partial<typeof settings> = {},
  sink = new FakeSink(),
): Promise<TestClient> {
  const channels = names.map((name) => hub.channel(name));
  const connection = await subscribe(
    engineFor(channels, hub),
    channels,
    sseEncoder,
    parseCursor(cursor),
    { ...settings, ...given },
    sink,
  );
  const events = () => parseEventStream(sink.text);
  const data = () => {
    const messages = events().filter(({ event }) => !event.startsWith('pushwire:'));
    return messages.map((message) => message.data);
  };
  return { sink, connection, events, data };
}
