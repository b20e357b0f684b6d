import { createHub } from '../../src';
import { FakeClock } from '../../src/testing';
import { connect } from '../kit/client';

const day = 86_400_000;

/** A stream in each of the states in which it waits for its end. */
const states = ['silent', 'busy', 'lagging', 'busy and lagging'] as const;

describe.each([1000, 2500, 60_000, 570_000])('a stream with a maxAge of %i ms', (maxAge) => {
  it.each(
    [100, 999, 15_000, 570_000, day, 2 ** 31 - 1].flatMap((heartbeat) =>
      states.map((state) => [heartbeat, state] as const),
    ),
  )('ends within a second of it with a heartbeat of %i ms while it is %s', async (heartbeat, state) => {
    const clock = new FakeClock();
    const hub = createHub({ clock });
    const news = hub.channel('news');
    const client = await connect(hub, ['news'], undefined, { heartbeat, maxAge, stallTimeout: day });
    client.sink.stalled = state.includes('lagging');
    const step = maxAge / 50;
    for (let age = 0; age < maxAge; age += step) {
      if (state.startsWith('busy') || age === 0) await news.publish('x'.repeat(2000));
      clock.turn();
      // The ends of streams are spread over the last tenth.
      if (age <= maxAge * 0.9) expect(client.sink.reason).toBeUndefined();
      clock.advance(step);
    }
    clock.advance(1000);
    expect(client.sink.reason).toBe('aged');
  });
});
