import { Log } from '@pushwire/core';
import { isStateLog, type Position, StateLog } from '@pushwire/core/backplanes';
import { FakeClock } from '@pushwire/core/testing';
import fc from 'fast-check';
import type { LogNews } from '../src/protocol/news';
import { LogCopy } from '../src/worker/log-copy';
import { brokerLogs, deletion, stateLimits, textMessage, unlimited, valueMessage } from './kit/broker-logs';
import { FakeMember } from './kit/fake-member';

// A broker and the copies of two workers, over any sequence of writes, deletions, full sockets,
// lost connections and late news. A client of each worker reads its copy at the end of each turn.

type Step =
  | { do: 'write' | 'delete' | 'end' | 'turn'; times: number }
  | { do: 'hold' | 'drain' | 'deliver' | 'cut' | 'wait'; worker: number; times: number };

/** A copy in a worker, and a client that reads it. */
class Worker {
  member = new FakeMember();
  copy: LogCopy;
  place: Position | undefined;
  gaps = 0;
  /** The epochs whose ends the client has seen, and the heads of the logs then. */
  readonly ended = new Map<string, number>();
  readonly seen: string[] = [];
  readonly holes: number[] = [];

  constructor(
    readonly name: string,
    readonly clock: FakeClock,
    readonly logs: ReturnType<typeof brokerLogs>['logs'],
    readonly limits: typeof unlimited,
  ) {
    this.copy = new LogCopy(name, {
      clock,
      createLog: (_name, epoch, floor) =>
        isStateLog(name)
          ? new StateLog(epoch, stateLimits, undefined, undefined, floor)
          : new Log(epoch, limits, floor),
      refresh: async () => {},
      becameIdle() {},
    });
    let isDue = false;
    this.copy.follow(() => {
      if (!isDue) {
        clock.soon(() => {
          isDue = false;
          this.#read();
        });
      }
      isDue = true;
    });
    this.join();
  }

  join(): void {
    this.logs.follow(this.member.member, this.name, this.copy.restart(), () => {});
  }

  cut(): void {
    this.logs.left(this.member.member);
    this.member = new FakeMember();
    this.join();
  }

  deliver(count = Number.POSITIVE_INFINITY): void {
    const taken = this.member.sent.splice(0, count);
    for (const news of taken) this.copy.receive(news as LogNews);
  }

  #read(): void {
    const { log } = this.copy;
    if (this.ended.has(log.epoch)) return;
    const { gap, entries, offset } = log.read(this.place ?? { epoch: log.epoch, offset: log.isState ? 0 : log.floor });
    if (gap) this.gaps++;
    let last = offset;
    for (const entry of entries) {
      // A state leaves out what others have replaced.
      if (!log.isState && entry.offset !== last + 1) this.holes.push(last + 1);
      last = entry.offset;
      this.seen.push(`${log.epoch} ${entry.offset} ${entry.message.body}`);
    }
    this.place = { epoch: log.epoch, offset: log.head };
    if (log.ended) {
      // Its clients are ended, and others begin with the next life.
      this.ended.set(log.epoch, log.head);
      this.place = undefined;
    }
    log.evict(this.clock.now());
  }
}

interface Setting {
  readonly name: string;
  readonly limits?: typeof unlimited;
  readonly steps: readonly Step[];
}

function run({ name, limits = unlimited, steps }: Setting) {
  const clock = new FakeClock();
  const { backplane, logs } = brokerLogs(clock, limits);
  const workers = [new Worker(name, clock, logs, limits), new Worker(name, clock, logs, limits)];
  const lives: { epoch: string; texts: string[] }[] = [];
  let isEnded = false;
  let count = 0;
  /** The offset of the newest message of a state. */
  let head = 0;
  const write = () => {
    const text = `${++count}`;
    // Parts of news end by the sizes that messages say.
    const size = count % 2 ? 30_000 : 70_000;
    if (isEnded) return;
    const key = `key ${count % 7}`;
    const message = { ...(count % 3 ? valueMessage(key, text) : deletion(key)), size };
    if (isStateLog(name)) {
      const written = backplane.states?.write(name, { message, ifAt: undefined }) as { position: Position };
      head = written.position.offset;
      return;
    }
    const { epoch } = backplane.append(name, { ...textMessage(text), size }) as Position;
    if (lives.at(-1)?.epoch !== epoch) lives.push({ epoch, texts: [] });
    lives.at(-1)?.texts.push(text);
  };
  const act = (step: Step) => {
    const worker = 'worker' in step ? (workers[step.worker] as Worker) : undefined;
    for (let n = 0; n < step.times; n++) {
      if (step.do === 'write') write();
      else if (step.do === 'turn') clock.turn();
      else if (step.do === 'delete') {
        // The memory shows no life that is deleted in the turn of the deletion before.
        clock.turn();
        if (isStateLog(name)) backplane.states?.clear(name);
        else backplane.delete?.(name);
        isEnded = false;
        head = 0;
      } else if (step.do === 'end' && !isStateLog(name)) {
        backplane.end(name);
        isEnded = true;
      } else if (step.do === 'wait') clock.advance(20_000);
      else if (step.do === 'hold' && worker) worker.member.isFull = true;
      else if (step.do === 'drain') worker?.member.drain(step.times);
      else if (step.do === 'deliver') worker?.deliver(step.times);
      else if (step.do === 'cut') worker?.cut();
    }
  };
  for (const step of steps) act(step);
  for (let n = 0; n < 3; n++) {
    for (const worker of workers) worker.member.drain();
    clock.turn();
    for (const worker of workers) worker.deliver();
    clock.turn();
  }
  return { workers, lives, backplane, clock, head };
}

const times = fc.integer({ min: 1, max: 6 });
const worker = fc.integer({ min: 0, max: 1 });
const writes = fc.record({ do: fc.constantFrom('write', 'write', 'write', 'turn', 'delete', 'end'), times });
const calm = fc.record({ do: fc.constantFrom('deliver', 'wait'), worker, times });
const harm = fc.record({ do: fc.constantFrom('hold', 'drain', 'deliver', 'cut', 'wait'), worker, times });
const calmSteps = fc.array(fc.oneof(writes, calm), { maxLength: 60 }) as fc.Arbitrary<Step[]>;
const anySteps = fc.array(fc.oneof(writes, harm), { minLength: 20, maxLength: 60 }) as fc.Arbitrary<Step[]>;

/** The messages that a client saw are those that were written, each once and in order. */
function expectTrue(seen: readonly string[], lives: readonly { epoch: string; texts: string[] }[]): void {
  const offsets = new Map<string, number>();
  const textsOf = new Map(lives.map(({ epoch, texts }) => [epoch, texts]));
  const wrong = seen.filter((line) => {
    const [epoch = '', digits, ...rest] = line.split(' ');
    const [offset, before] = [Number(digits), offsets.get(epoch) ?? 0];
    offsets.set(epoch, offset);
    return offset <= before || rest.join(' ') !== textsOf.get(epoch)?.[offset - 1];
  });
  expect(wrong).toEqual([]);
}

const numRuns = 100;

describe('the copies of a log', () => {
  it('get every message of every life, and its end, while no connection is lost', () => {
    const gets = fc.property(calmSteps, (steps) => {
      const { workers, lives } = run({ name: 'news', steps });
      for (const { seen, gaps, ended, holes } of workers) {
        expectTrue(seen, lives);
        expect(holes).toEqual([]);
        expect(gaps).toBe(0);
        const all = lives.flatMap(({ epoch, texts }) => texts.map((_, i) => `${epoch} ${i + 1}`));
        expect(seen.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual(all);
        expect(lives.slice(0, -1).filter(({ epoch }) => !ended.has(epoch))).toEqual([]);
      }
    });
    fc.assert(gets, { numRuns });
  });

  it.each([
    ['no limit', unlimited],
    ['few messages', { ...unlimited, count: 3 }],
    ['messages for a short time', { ...unlimited, age: 30_000 }],
    ['no messages', { ...unlimited, count: 0 }],
  ])('have no hole without a gap, whatever happens, and end like it: %s', (_what, limits) => {
    const holds = fc.property(anySteps, (steps) => {
      const { workers, lives, clock } = run({ name: 'news', limits, steps });
      for (const { copy, seen, place, ended, holes } of workers) {
        expectTrue(seen, lives);
        expect(holes).toEqual([]);
        expect(lives.filter(({ epoch, texts }) => (ended.get(epoch) ?? texts.length) !== texts.length)).toEqual([]);
        const life = lives.at(-1);
        if (life?.epoch === copy.log.epoch) expect(copy.log.head).toBe(life.texts.length);
        else expect(copy.log.head).toBe(0);
        if (place) expect(place).toEqual({ epoch: copy.log.epoch, offset: copy.log.head });
        copy.log.evict(clock.now());
        expect(copy.log.count).toBeLessThanOrEqual(limits.count);
      }
      expect(workers[0]?.copy.log.epoch).toBe(workers[1]?.copy.log.epoch);
    });
    fc.assert(holds, { numRuns });
  });

  it('forget what a lost connection began before the end of a log was seen', () => {
    const steps: Step[] = [
      { do: 'write', times: 1 },
      { do: 'delete', times: 1 },
      // The next life comes in two parts, while the end of this one has not been seen.
      { do: 'write', times: 2 },
      { do: 'turn', times: 1 },
      { do: 'deliver', worker: 0, times: 6 },
      { do: 'cut', worker: 0, times: 1 },
      { do: 'deliver', worker: 0, times: 1 },
      { do: 'turn', times: 1 },
      { do: 'cut', worker: 0, times: 1 },
      { do: 'write', times: 2 },
    ];
    const { workers, lives } = run({ name: 'news', steps });
    for (const { seen, gaps } of workers) {
      expectTrue(seen, lives);
      expect(seen.map((line) => line.split(' ').at(-1))).toEqual(['1', '2', '3', '4', '5']);
      expect(gaps).toBe(0);
    }
  });

  it('have the values of a state, whatever happens', () => {
    const have = fc.property(anySteps, (steps) => {
      const { workers, backplane, head } = run({ name: 'pushwire:state:doc', steps });
      const values = backplane.states?.read('pushwire:state:doc') as { entries: readonly { offset: number }[] };
      for (const { copy } of workers) {
        const kept = [...(copy.log as StateLog).values()];
        expect(copy.log.head).toBe(head);
        expect(kept.map(({ offset }) => offset)).toEqual(values.entries.map(({ offset }) => offset));
      }
    });
    fc.assert(have, { numRuns });
  });
});
