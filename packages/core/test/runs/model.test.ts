import fc from 'fast-check';
import { type Produce, RunError, type RunState, type StartOptions } from '../../src';
import type { RunWrite } from '../../src/backplanes';
import { aborted, type Call, gate, readAll, setUp, type Trouble } from './kit';

// Any sequence of starts, stops, messages, ends and times, against a small model of a run.

type WhenRunning = 'join' | 'refuse' | 'replace';

type Step =
  | { do: 'start'; key: string | undefined; whenRunning: WhenRunning }
  | { do: 'stop'; key: string | undefined }
  | { do: 'give'; count: number }
  | { do: 'finish' }
  | { do: 'throw' }
  | { do: 'pass'; ms: number };

const keys = fc.constantFrom(undefined, 'one', 'two');

const steps: fc.Arbitrary<Step>[] = [
  fc.record({
    do: fc.constant('start' as const),
    key: keys,
    whenRunning: fc.constantFrom<WhenRunning>('join', 'refuse', 'replace'),
  }),
  fc.record({ do: fc.constant('stop' as const), key: keys }),
  fc.record({ do: fc.constant('give' as const), count: fc.integer({ min: 1, max: 3 }) }),
  fc.constant({ do: 'finish' }),
  fc.constant({ do: 'throw' }),
  fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(500, 3000, 20_000) }),
];

const lease = 2000;
const keep = 10_000;
const stopMemory = 60_000;

/** A producer that the test moves. It notes what it has given, and how it was ended. */
class Puppet {
  given: string[] = [];
  finished = 0;
  begun = 0;
  #wake = gate();
  #orders: (() => 'finish' | 'throw' | string)[] = [];

  constructor(readonly name: number) {}

  order(act: 'finish' | 'throw' | 'give'): void {
    this.#orders.push(() => act);
    this.#wake.open();
  }

  readonly produce: Produce = ({ signal }) => this.#produce(signal);

  async *#produce(signal: AbortSignal) {
    this.begun++;
    const end = aborted(signal);
    try {
      for (;;) {
        const order = this.#orders.shift();
        if (signal.aborted) return;
        if (order === undefined) {
          this.#wake = gate();
          await Promise.race([this.#wake.opened, end]);
          continue;
        }
        const act = order();
        if (act === 'finish') return;
        if (act === 'throw') throw new RunError('broken');
        const text = `${this.name}:${this.given.length}`;
        this.given.push(text);
        yield text;
      }
    } finally {
      this.finished++;
    }
  }
}

class Model {
  status: RunState['status'] = 'none';
  key: string | undefined;
  reason: string | undefined;
  code: string | undefined;
  messages: string[] = [];
  endedAt = 0;
  puppet: Puppet | undefined;
  readonly stops = new Map<string | undefined, { reason: string; until: number }>();

  start(puppet: Puppet, { key, whenRunning }: Step & { do: 'start' }, now: number): 'started' | 'joined' | 'refused' {
    if (this.status !== 'none' && key !== undefined && key === this.key) return 'joined';
    if (this.status === 'running' && whenRunning !== 'replace') return whenRunning === 'join' ? 'joined' : 'refused';
    const stop = [key, undefined].find((each) => (this.stops.get(each)?.until ?? 0) > now);
    const early = this.stops.get(stop);
    const isStopped = early !== undefined && early.until > now;
    if (isStopped) this.stops.delete(stop);
    Object.assign(this, { key, reason: undefined, code: undefined, messages: [], puppet, status: 'running' });
    if (isStopped) this.end('stopped', now, early.reason);
    return 'started';
  }

  stop(key: string | undefined, reason: string, now: number): boolean {
    const isMeant = this.status !== 'none' && (key === undefined || key === this.key);
    if (!isMeant) {
      this.stops.set(key, { reason, until: now + stopMemory });
      return true;
    }
    if (this.status !== 'running') return false;
    this.end('stopped', now, reason);
    return true;
  }

  end(status: RunState['status'], now: number, reason?: string, code?: string): void {
    Object.assign(this, { status, endedAt: now, reason, code });
  }

  pass(now: number): void {
    if (this.status !== 'running' && this.status !== 'none' && this.endedAt + keep <= now) this.status = 'none';
  }
}

it('a run does what its model does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(...steps), { maxLength: 25 }), async (list) => {
      const { run, clock, settle, pass, errors } = setUp();
      const model = new Model();
      const puppets: Puppet[] = [];
      let reason = 0;
      for (const step of list) {
        const now = clock.now();
        if (step.do === 'start') {
          const puppet = new Puppet(puppets.length);
          puppets.push(puppet);
          const { key, whenRunning } = step;
          const options: StartOptions = { lease, keep, whenRunning, ...(key !== undefined && { key }) };
          const starting = run.start(puppet.produce, options).catch(({ code }) => code);
          await settle();
          const started = await starting;
          const seen = typeof started === 'string' ? 'refused' : started.started ? 'started' : 'joined';
          expect(seen).toBe(model.start(puppet, step, now));
          await settle();
        } else if (step.do === 'stop') {
          const text = `reason ${reason++}`;
          expect(await run.stop(text, { key: step.key })).toBe(model.stop(step.key, text, now));
        } else if (step.do === 'pass') {
          await pass(step.ms);
          model.pass(clock.now());
        } else if (step.do === 'give') {
          for (let n = 0; n < step.count; n++) model.puppet?.order('give');
        } else {
          model.puppet?.order(step.do);
        }
        await settle();
        if (model.status === 'running') {
          if (step.do === 'give') model.messages = [...(model.puppet as Puppet).given];
          if (step.do === 'finish') model.end('completed', clock.now());
          if (step.do === 'throw') model.end('failed', clock.now(), undefined, 'broken');
        }
        await check(await run.state(), model);
        if (model.status !== 'running' && model.status !== 'none') {
          expect((await readAll(run.read())).data).toEqual(model.messages);
        }
        // One producer, and each that has begun finishes.
        const active = puppets.filter(({ begun, finished }) => begun > finished);
        expect(active).toEqual(model.status === 'running' ? [model.puppet] : []);
      }
      expect(errors).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

async function check(state: RunState, { status, key, reason, code, messages }: Model) {
  expect({ status: state.status, key: state.key, reason: state.reason, code: state.code }).toEqual(
    status === 'none' ? { status } : { status, key, reason, code },
  );
  if (status !== 'none') expect(state.head).toMatch(new RegExp(`\\.${messages.length}$`));
}

type Trial =
  | Step
  | { do: 'trouble'; trouble: Trouble | undefined }
  | { do: 'hold'; calls: readonly Call[] }
  | { do: 'release' }
  | { do: 'close' };

const trials: fc.Arbitrary<Trial>[] = [
  ...steps,
  fc.record({
    do: fc.constant('trouble' as const),
    trouble: fc.constantFrom<Trouble | undefined>(undefined, 'unavailable', 'unconfirmed'),
  }),
  fc.record({
    do: fc.constant('hold' as const),
    calls: fc.subarray<Call>(['claim', 'write', 'stop', 'state'], { minLength: 1 }),
  }),
  fc.constant({ do: 'release' }),
  fc.constant({ do: 'close' }),
];

it('whatever happens to the store, messages come once and in order, and every finally runs', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(...trials), { maxLength: 25 }), async (list) => {
      const { run, hub, settle, pass, store } = setUp();
      const puppets: Puppet[] = [];
      const ends: { puppet: Puppet; done: RunState | undefined }[] = [];
      let closing: Promise<void> | undefined;
      for (const step of list) {
        if (step.do === 'start') {
          const puppet = new Puppet(puppets.length);
          puppets.push(puppet);
          const { key, whenRunning } = step;
          run.start(puppet.produce, { lease, keep, whenRunning, ...(key !== undefined && { key }) }).then(
            ({ started, done }) => {
              if (!started) return;
              const end: (typeof ends)[number] = { puppet, done: undefined };
              ends.push(end);
              done.then((state) => {
                end.done = state;
              });
            },
            () => {},
          );
        } else if (step.do === 'stop') run.stop('reason', { key: step.key }).catch(() => {});
        else if (step.do === 'pass') await pass(step.ms);
        else if (step.do === 'trouble') store.trouble = () => step.trouble;
        else if (step.do === 'hold') store.holds = step.calls;
        else if (step.do === 'release') store.release();
        else if (step.do === 'close') closing ??= hub.close();
        else {
          const count = step.do === 'give' ? step.count : 1;
          for (let n = 0; n < count; n++) puppets.at(-1)?.order(step.do);
        }
        await settle();
      }
      store.trouble = () => undefined;
      store.release();
      if (!closing) {
        await pass(3000);
        await run.stop();
        await settle();
        const { data } = await readAll(run.read());
        const newest = puppets[Number(String(data[0]).split(':')[0])];
        expect(data).toEqual(data.length === 0 ? [] : newest?.given.slice(0, data.length));
        const { head = '.0' } = await run.state();
        expect(data).toHaveLength(Number(head.split('.')[1]));
      }
      closing ??= hub.close();
      await pass(25_000);
      await closing;
      for (const { begun, finished } of puppets) expect(finished).toBe(begun);
      for (const { puppet, done } of ends) {
        expect(done?.status).toMatch(/^(completed|stopped|failed|lost)$/);
        const offset = Number(done?.head?.split('.')[1]);
        expect(offset).toBeLessThanOrEqual(puppet.given.length);
        if (done?.status === 'completed') expect(offset).toBe(puppet.given.length);
      }
      checkWrites(store.writes, puppets);
    }),
    { numRuns: 300 },
  );
});

/** Writes of one run follow each other, and a write that is repeated is the same. */
function checkWrites(writes: readonly RunWrite[], puppets: readonly Puppet[]) {
  const byEpoch = new Map<string, string[]>();
  for (const { epoch, after, messages } of writes) {
    const texts = byEpoch.get(epoch) ?? [];
    byEpoch.set(epoch, texts);
    for (const [n, { body }] of messages.entries()) {
      const known = texts[after + n];
      if (known !== undefined) expect(body).toBe(known);
      texts[after + n] = String(body);
    }
    expect(texts.length).toBeGreaterThanOrEqual(after);
  }
  for (const texts of byEpoch.values()) {
    const puppet = puppets[Number(texts[0]?.split(':')[0])];
    expect(texts).toEqual(texts.length === 0 ? [] : puppet?.given.slice(0, texts.length));
  }
}
