import { randomUUID } from 'node:crypto';
import type { Backplane, BackplaneFactory, RunStore } from '@pushwire/core/backplanes';
import { until } from '../kit/until';
import { backplaneOf, Producer, plain, Reader, type Times } from './run-stores';

/** Backplanes that share their runs, each as a process of its own has it. */
export interface SharedRuns {
  make(): BackplaneFactory;
  /** True where both processes are one. */
  readonly isOne?: boolean;
  close(): Promise<void>;
}

type WithRuns = Backplane & { readonly runs: RunStore };

/** A lease in ms that ends within a test. */
const short = 700;

const lost = { outcome: 'lost' } as const;
const completed = { outcome: 'completed' } as const;

/** What every store of runs does. Two processes share it. */
export function conformsAsRunStore(name: string, start: () => Promise<SharedRuns>) {
  describe(`the runs of ${name}`, () => {
    let shared: SharedRuns;
    let here: WithRuns;
    let there: WithRuns;

    beforeAll(async () => {
      shared = await start();
      here = backplaneOf(shared.make());
      there = shared.isOne ? here : backplaneOf(shared.make());
    });
    afterAll(async () => {
      await here.close();
      if (there !== here) await there.close();
      await shared.close();
    });

    /** A run of its own, so that tests which wait for the end of leases wait at the same time. */
    const anew = () => {
      const log = `pushwire:run:${randomUUID()} {of tests}`;
      const producer = (times?: Times, store = here.runs) => new Producer(store, log, times);
      const begun = async (times?: Times, key?: string) => {
        const one = producer(times);
        expect(await one.claim(key)).toMatchObject({ kind: 'claimed' });
        return one;
      };
      const stateIs = async (status: string) => {
        await until(`the run is ${status}`, async () => (await there.runs.state(log))?.status === status);
      };
      return { log, producer, begun, stateIs };
    };

    it.concurrent('knows nothing of a run that was never started', async () => {
      const { log } = anew();
      expect(await there.runs.state(log)).toBeUndefined();
      const { followed, texts } = await Reader.of(there, log);
      expect([followed.isKnown, texts, followed.log.ended]).toEqual([false, [], false]);
      followed.stop();
    });

    it.concurrent('begins a run, whose state every process sees', async () => {
      const { log, begun } = anew();
      const before = Date.now();
      const { epoch } = await begun();
      const record = await there.runs.state(log);
      expect(record).toMatchObject({ status: 'running', epoch, head: 0 });
      expect(Math.abs((record?.startedAt ?? 0) - before)).toBeLessThan(60_000);
      expect([record?.endedAt, record?.outcome, record?.key]).toEqual([undefined, undefined, undefined]);
    });

    it.concurrent('appends in order and ends, with the last messages in one step', async () => {
      const { log, begun } = anew();
      const reader = await Reader.of(there, log);
      const one = await begun();
      expect(await one.write(['a', 'b'])).toEqual({ kind: 'written' });
      await until('they are read', () => reader.texts.length === 2);
      expect([reader.followed.isKnown, reader.log.epoch, reader.outcome]).toEqual([true, one.epoch, undefined]);
      expect(await one.end(['c'])).toEqual({ kind: 'written' });
      await until('it has ended', () => reader.log.ended);
      expect([reader.texts, reader.outcome]).toEqual([['a', 'b', 'c'], completed]);
      expect(plain(await there.runs.state(log))).toEqual({ status: 'completed', head: 3, outcome: completed });
      reader.followed.stop();
    });

    it.concurrent('keeps the whole for those who come late', async () => {
      const { log, begun } = anew();
      const one = await begun();
      const all = Array.from({ length: 1201 }, (_, i) => `${i}`);
      for (let n = 0; n < all.length; n += 600) await one.write(all.slice(n, n + 600));
      await one.end();
      const reader = await Reader.of(there, log);
      expect([reader.texts, reader.log.floor, reader.outcome]).toEqual([all, 0, completed]);
      reader.followed.stop();
    });

    it.concurrent.each([
      { outcome: 'failed', code: 'too-hot' },
      { outcome: 'stopped', reason: 'a "reason"\nwith\u2028lines' },
      { outcome: 'stopped' },
    ] as const)('carries the outcome %j', async (outcome) => {
      const { log, begun } = anew();
      const reader = await Reader.of(there, log);
      const one = await begun();
      await one.write([], outcome);
      await until('it has ended', () => reader.log.ended);
      expect([reader.outcome, (await there.runs.state(log))?.outcome]).toEqual([outcome, outcome]);
      reader.followed.stop();
    });

    describe('a claim', () => {
      it.concurrent('is given to one of many', async () => {
        const { log } = anew();
        const claims = Array.from({ length: 20 }, (_, i) => new Producer([here, there][i % 2]?.runs as RunStore, log));
        const replies = await Promise.all(claims.map((one) => one.claim()));
        expect(replies.filter(({ kind }) => kind === 'claimed')).toHaveLength(1);
        expect(replies.filter(({ kind }) => kind === 'running')).toHaveLength(19);
      });

      it.concurrent('that is repeated has the reply of the first', async () => {
        const { log, begun } = anew();
        const one = await begun();
        await one.write(['a']);
        expect(await one.claim()).toEqual({ kind: 'claimed', epoch: one.epoch });
        await one.end();
        expect(await one.claim()).toEqual({ kind: 'claimed', epoch: one.epoch });
        expect((await there.runs.state(log))?.status).toBe('completed');
      });

      it.concurrent('with the key of the newest run repeats it, under way or not', async () => {
        const { log, begun } = anew();
        const one = await begun({}, 'key');
        await one.write(['a']);
        const again = new Producer(there.runs, log);
        expect(await again.claim('key')).toMatchObject({
          kind: 'repeated',
          record: { status: 'running', key: 'key', head: 1 },
        });
        await one.end();
        expect(await again.claim('key')).toMatchObject({
          kind: 'repeated',
          record: { status: 'completed', key: 'key' },
        });
        expect(await again.claim('other')).toMatchObject({ kind: 'claimed' });
      });

      it.concurrent('without a key, or with another, finds a run under way', async () => {
        const { producer, begun } = anew();
        const one = await begun({}, '');
        for (const key of [undefined, 'other']) {
          expect(await producer({}, there.runs).claim(key)).toMatchObject({
            kind: 'running',
            record: { epoch: one.epoch, key: '' },
          });
        }
        expect(await producer({}, there.runs).claim('')).toMatchObject({ kind: 'repeated' });
      });

      it.concurrent('begins a new life after the end', async () => {
        const { log, begun } = anew();
        const reader = await Reader.of(there, log);
        const one = await begun();
        await one.end(['a']);
        await until('the first has ended', () => reader.log.ended);
        const two = new Producer(there.runs, log);
        expect(await two.claim()).toMatchObject({ kind: 'claimed' });
        expect(two.epoch).not.toBe(one.epoch);
        await two.write(['b']);
        await until('the second is read', () => reader.log.epoch === two.epoch && reader.log.head === 1);
        expect([reader.texts, reader.log.ended, reader.outcome]).toEqual([['b'], false, undefined]);
        expect(plain(await here.runs.state(log))).toEqual({ status: 'running', head: 1 });
        reader.followed.stop();
      });
    });

    describe('a write', () => {
      it.concurrent('that is repeated is done once', async () => {
        const { log, begun } = anew();
        const one = await begun();
        await one.write(['a', 'b']);
        expect(await one.write(['a', 'b'], undefined, 0)).toEqual({ kind: 'written' });
        await one.end(['c']);
        expect(await one.write(['c'], completed, 2)).toEqual({ kind: 'written' });
        const reader = await Reader.of(there, log);
        expect(reader.texts).toEqual(['a', 'b', 'c']);
        reader.followed.stop();
      });

      it.concurrent('after the end is fenced, and so is another end', async () => {
        const { log, begun } = anew();
        const one = await begun();
        await one.end(['a']);
        const record = { status: 'completed', head: 1, outcome: completed };
        for (const outcome of [undefined, { outcome: 'stopped' } as const]) {
          const written = await one.write(['b'], outcome);
          expect([written.kind, written.kind === 'fenced' && plain(written.record)]).toEqual(['fenced', record]);
        }
        expect((await there.runs.state(log))?.head).toBe(1);
      });

      it.concurrent('of a former owner is fenced', async () => {
        const { begun } = anew();
        const one = await begun();
        await one.end();
        const two = await begun();
        expect(await one.write(['a'])).toMatchObject({
          kind: 'fenced',
          record: { epoch: two.epoch, status: 'running' },
        });
        expect(await two.write(['b'])).toEqual({ kind: 'written' });
      });

      it.concurrent('of an owner that never was is fenced', async () => {
        const { log, producer, begun } = anew();
        const nobody = producer();
        nobody.epoch = 'nothing';
        expect(await nobody.write(['a'])).toEqual({ kind: 'fenced' });
        expect(await there.runs.state(log)).toBeUndefined();
        await begun();
        expect(await nobody.write(['a'])).toMatchObject({ kind: 'fenced' });
      });
    });

    describe('a lease', () => {
      it.concurrent('is renewed by empty writes', async () => {
        const { log, begun } = anew();
        const one = await begun({ lease: short });
        // The write comes at once, and asks for a lease that no busy machine can outlast.
        Object.assign(one.times, { lease: 60_000 });
        expect(await one.write([])).toEqual({ kind: 'written' });
        await new Promise((resolve) => setTimeout(resolve, short * 1.5));
        expect(await one.end(['a'])).toEqual({ kind: 'written' });
        expect((await there.runs.state(log))?.status).toBe('completed');
      });

      it.concurrent('that is over ends the run as lost, as whoever follows it sees in time', async () => {
        const { log, begun } = anew();
        const reader = await Reader.of(there, log);
        const one = await begun({ lease: short });
        await one.write(['a']);
        const from = Date.now();
        await until('it is lost', () => reader.log.ended);
        const took = Date.now() - from;
        expect([reader.texts, reader.outcome]).toEqual([['a'], lost]);
        expect(took).toBeGreaterThanOrEqual(short - 50);
        reader.followed.stop();
      });

      it.concurrent('that is over is found by the state, and fences the owner', async () => {
        const { log, begun, stateIs } = anew();
        const one = await begun({ lease: short });
        await one.write(['a']);
        await stateIs('lost');
        const record = { status: 'lost', head: 1, outcome: lost };
        expect(plain(await there.runs.state(log))).toEqual(record);
        const written = await one.write(['b'], completed);
        expect([written.kind, written.kind === 'fenced' && plain(written.record)]).toEqual(['fenced', record]);
      });

      it.concurrent('that is over fences the owner, if nobody has looked', async () => {
        const { log, begun } = anew();
        const one = await begun({ lease: short });
        await new Promise((resolve) => setTimeout(resolve, short + 50));
        expect(await one.write(['a'])).toMatchObject({ kind: 'fenced', record: { status: 'lost' } });
        expect((await there.runs.state(log))?.head).toBe(0);
      });

      it.concurrent('that is over gives the next claim a new life', async () => {
        const { log, begun } = anew();
        const one = await begun({ lease: short });
        const two = new Producer(there.runs, log);
        await until('it can be claimed', async () => (await two.claim()).kind === 'claimed');
        expect(await one.write(['a'])).toMatchObject({ kind: 'fenced' });
        expect(await two.write(['b'])).toEqual({ kind: 'written' });
      });

      it.concurrent('that is over answers the same key with the lost run', async () => {
        const { producer, begun, stateIs } = anew();
        await begun({ lease: short }, 'key');
        await stateIs('lost');
        expect(await producer().claim('key')).toMatchObject({ kind: 'repeated', record: { status: 'lost' } });
      });
    });

    describe('a stop', () => {
      it.concurrent('is told to the producer, and in the replies to its writes', async () => {
        const { log, begun } = anew();
        const one = await begun();
        expect(await there.runs.stop(log, { reason: 'enough', key: undefined })).toBe('told');
        await until('the producer hears it', () => one.stops.length > 0);
        expect(one.stops[0]).toBe('enough');
        expect(await one.write(['a'])).toEqual({ kind: 'written', stop: 'enough' });
        expect(await one.write([])).toEqual({ kind: 'written', stop: 'enough' });
      });

      it.concurrent('may have no reason, and lines', async () => {
        const { log, begun } = anew();
        const one = await begun();
        await there.runs.stop(log, { reason: '', key: undefined });
        expect(await one.write([])).toEqual({ kind: 'written', stop: '' });
        await one.end();
        const two = await begun();
        await there.runs.stop(log, { reason: 'a b\nc', key: undefined });
        await until('the producer hears it', () => two.stops.length > 0);
        expect(two.stops[0]).toBe('a b\nc');
      });

      it.concurrent('waits for a run of which nothing is known, and stops one', async () => {
        const { log, producer } = anew();
        expect(await there.runs.stop(log, { reason: 'early', key: undefined })).toBe('remembered');
        expect(await here.runs.state(log)).toBeUndefined();
        const reader = await Reader.of(here, log);
        expect(reader.followed.isKnown).toBe(false);
        const one = producer();
        const claimed = await one.claim();
        expect(claimed).toEqual({ kind: 'claimed', epoch: one.epoch, stop: 'early' });
        expect(await one.claim()).toEqual(claimed);
        expect(await one.write([])).toEqual({ kind: 'written', stop: 'early' });
        await one.end();
        expect(await producer().claim()).not.toHaveProperty('stop');
        reader.followed.stop();
      });

      it.concurrent('is of no use after the end, and does not stop the next run', async () => {
        const { log, producer, begun } = anew();
        const one = await begun();
        await one.end();
        expect(await there.runs.stop(log, { reason: 'late', key: undefined })).toBe('ended');
        expect(await producer().claim()).not.toHaveProperty('stop');
      });

      it.concurrent('with a key stops that start alone, under way or to come', async () => {
        const { log, producer, begun } = anew();
        const one = await begun({}, 'one');
        expect(await there.runs.stop(log, { reason: 'two', key: 'two' })).toBe('remembered');
        expect(await there.runs.stop(log, { reason: 'three', key: 'three' })).toBe('remembered');
        expect(await one.write([])).toEqual({ kind: 'written' });
        await one.end();
        expect(await there.runs.stop(log, { reason: 'late', key: 'one' })).toBe('ended');
        const three = producer();
        expect(await three.claim('three')).toEqual({ kind: 'claimed', epoch: three.epoch, stop: 'three' });
        expect(await there.runs.stop(log, { reason: 'again', key: 'three' })).toBe('told');
        await three.end();
        const four = producer();
        expect(await four.claim()).not.toHaveProperty('stop');
        await four.end();
        expect(await producer().claim('two')).toMatchObject({ stop: 'two' });
      });

      it.concurrent('with an epoch stops that run alone, and is not remembered', async () => {
        const { log, producer, begun } = anew();
        expect(await there.runs.stop(log, { reason: 'gone', key: undefined, epoch: 'gone' })).toBe('ended');
        const one = await begun();
        expect(await there.runs.stop(log, { reason: 'gone', key: undefined, epoch: 'gone' })).toBe('ended');
        expect(await one.write([])).toEqual({ kind: 'written' });
        expect(await there.runs.stop(log, { reason: 'this', key: undefined, epoch: one.epoch })).toBe('told');
        expect(await one.write([])).toEqual({ kind: 'written', stop: 'this' });
        await one.end();
        expect(await there.runs.stop(log, { reason: 'late', key: undefined, epoch: one.epoch })).toBe('ended');
        expect(await producer().claim()).not.toHaveProperty('stop');
      });

      it.concurrent('with a key waits for a run of which nothing is known', async () => {
        const { log, producer, begun } = anew();
        expect(await there.runs.stop(log, { reason: 'early', key: 'one' })).toBe('remembered');
        const other = await begun({}, 'other');
        expect(await other.write([])).toEqual({ kind: 'written' });
        await other.end();
        expect(await producer().claim('one')).toMatchObject({ kind: 'claimed', stop: 'early' });
      });
    });

    it.concurrent('forgets a run that was kept long enough', async () => {
      const { log, producer, begun } = anew();
      const one = await begun({ keep: 300 });
      await one.end(['a']);
      expect((await there.runs.state(log))?.status).toBe('completed');
      await until('it is forgotten', async () => (await there.runs.state(log)) === undefined);
      const reader = await Reader.of(there, log);
      expect([reader.followed.isKnown, reader.texts]).toEqual([false, []]);
      reader.followed.stop();
      expect(await producer().claim()).toMatchObject({ kind: 'claimed' });
    });

    it.concurrent('does not forget a run that is under way', async () => {
      const { log, begun } = anew();
      const one = await begun({ keep: 100, lease: 15_000 });
      await new Promise((resolve) => setTimeout(resolve, 1200));
      expect(await one.write(['a'])).toEqual({ kind: 'written' });
      expect((await there.runs.state(log))?.head).toBe(1);
    });
  });
}
