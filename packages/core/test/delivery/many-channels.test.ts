import type { Sink } from '../../src/delivery/sink';
import { sseEncoder } from '../../src/encoders/sse';
import { engineFor } from '../../src/hub/engine-for';
import { createHub } from '../../src/hub/hub';
import { subscribe } from '../../src/subscribing/subscribe';
import { FakeClock } from '../../src/testing';
import { connect, settings } from '../kit/client';

/** A sink that only counts its writes, since the test needs 100,000 of them. */
class CountingSink implements Sink {
  listener: Sink['listener'];
  readonly pending = 0;
  readonly gone = false;
  writes = 0;
  begin(): void {}
  write(): void {
    this.writes++;
  }
  end(): void {
    this.listener?.onClose();
  }
  destroy(): void {
    this.listener?.onClose();
  }
}

const many = 100_000;

it('a hub serves 100,000 channels, writes only to those with news, and forgets idle ones', async () => {
  const clock = new FakeClock();
  const hub = createHub({ clock, limits: { connections: many + 1 } });
  const sinks: CountingSink[] = [];
  for (let n = 0; n < many; n++) {
    const sink = new CountingSink();
    sinks.push(sink);
    await subscribe(engineFor([], hub), [hub.channel(`user:${n}`)], sseEncoder, 'now', settings, sink);
  }
  expect(hub.stats()).toMatchObject({ connections: many, channels: many });

  await hub.channel('user:77').publish('x');
  clock.turn();
  expect(sinks.flatMap(({ writes }, n) => (writes === 1 ? [] : [n]))).toEqual([77]);

  const { sink, data } = await connect(
    hub,
    Array.from({ length: 100 }, (_, n) => `user:${n}`),
  );
  for (const n of [0, 77, 99]) await hub.channel(`user:${n}`).publish(n);
  clock.turn();
  expect(data()).toEqual(['0', '77', '99']);

  sink.leave();
  for (const each of sinks) each.destroy();
  expect(hub.stats()).toMatchObject({ connections: 0, channels: 0 });
  const epoch = (await hub.channel('user:5').publish('x')).split('.')[0];
  clock.advance(1_300_000);
  // The channel has a new epoch, so that a cursor of the old one makes a gap.
  expect(await hub.channel('user:5').publish('x')).toMatch(new RegExp(`^(?!${epoch}).*\\.1$`));
});
