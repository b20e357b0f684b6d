import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { PushwireError } from '@pushwire/core';
import type { RunWrite } from '@pushwire/core/backplanes';
import { FakeClock } from '@pushwire/core/testing';
import type { LogScripts } from '../../src/channels/log-scripts';
import { RedisRuns } from '../../src/runs/redis-runs';
import { RunStops } from '../../src/runs/run-stops';
import { keysOf } from '../../src/scripts/keys';

const log = 'pushwire:run:chat';
const { stops: pubsubChannel } = keysOf('pushwire:', log);
const claim = { owner: 'me', key: undefined, lease: 15_000, keep: 600_000 };

/** Collects garbage until an object is gone. */
async function isCollected(object: WeakRef<object>): Promise<boolean> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let n = 0; n < 20 && object.deref(); n++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    collect();
  }
  return object.deref() === undefined;
}

/** A store whose scripts reply what the test has said. */
function setUp() {
  const subscribed: string[] = [];
  const replies: unknown[] = [];
  const stops = new RunStops({
    clock: new FakeClock(),
    isUp: () => true,
    subscribe: async (name) => void subscribed.push(name),
    unsubscribe: async (name) => void subscribed.splice(subscribed.indexOf(name), 1),
    failed: (error) => {
      throw error;
    },
  });
  const run = async () => {
    const reply = replies.shift();
    if (reply instanceof Error) throw reply;
    return reply;
  };
  const scripts = { run, isSharded: false, keysOf: (name: string) => keysOf('pushwire:', name) };
  const runs = new RedisRuns({ scripts: scripts as unknown as LogScripts, stops, failed: () => {} });
  const heard: string[] = [];
  /** Claims the run with a listener that only the store holds. */
  const claimWith = async (reply: unknown) => {
    replies.push(reply);
    const onStop = (reason: string) => void heard.push(reason);
    await runs.claim(log, claim, onStop).catch(() => {});
    return new WeakRef(onStop);
  };
  const write = (reply: unknown, about: Partial<RunWrite> = {}) => {
    replies.push(reply);
    return runs.write(log, { owner: 'me', epoch: 'k3v9', after: 0, messages: [], lease: 1, keep: 1, ...about });
  };
  return { stops, subscribed, heard, claimWith, write };
}

const claimed = ['claimed', 'k3v9', null];
const written = ['written', null, 1];
const record = ['k3v9', '0', '1', null, null, null];

describe('the listener for stops', () => {
  it('is kept while the run is under way', async () => {
    const { stops, subscribed, heard, claimWith, write } = setUp();
    const listener = await claimWith(claimed);
    await write(written);
    expect(stops.receive(pubsubChannel, 'k3v9 enough')).toBe(true);
    expect([heard, subscribed, listener.deref()]).toEqual([['enough'], [pubsubChannel], expect.any(Function)]);
  });

  it.each<[string, unknown, Partial<RunWrite>]>([
    ['has ended', written, { outcome: { outcome: 'completed' } }],
    ['belongs to another owner', ['fenced', record], {}],
    ['is not known any more', ['fenced', null], {}],
  ])('is gone at once when the run %s', async (_, reply, about) => {
    const { stops, subscribed, claimWith, write } = setUp();
    const listener = await claimWith(claimed);
    await write(reply, about);
    expect([subscribed, stops.receive(pubsubChannel, 'k3v9 late')]).toEqual([[], false]);
    expect(await isCollected(listener)).toBe(true);
  });

  it.each<[string, unknown]>([
    ['another run is under way', ['running', record]],
    ['the key was used before', ['repeated', record]],
    ['the store cannot be reached', new PushwireError('backplane-unavailable', 'No.')],
  ])('is gone at once when %s', async (_, reply) => {
    const { subscribed, claimWith } = setUp();
    const listener = await claimWith(reply);
    expect(subscribed).toEqual([]);
    expect(await isCollected(listener)).toBe(true);
  });
});
