import { build } from '../kit/build';
import { redisServer } from '../kit/redis-server';
import { describeWith } from '../kit/system-program';
import type { Fault } from './redis/harm';
import type { Tally } from './states/check';
import { checkStays } from './states/check-members';
import { checkTrace, type Rules, viewsOf } from './states/check-trace';
import { checkConditions, checkCopy, checkFresh } from './states/check-writes';
import { Chronicle, placeOf, type Write } from './states/chronicle';
import type { Follower } from './states/follower';
import type { Hold } from './states/members';
import { scenarioOf } from './states/scenarios';
import { type Step, Trace } from './states/trace';
import { runTrial } from './states/trial';
import type { StateCall, Value } from './states/words';

// Nodes that write to states and have members are killed and paused, and so is Redis. In full:
// npm run faults:states.

describeWith(redisServer, 'states and presences of three nodes over Redis', () => {
  beforeAll(() => build('packages/express', 'packages/koa', 'packages/redis', 'packages/client'));

  it('are what each client shows in the end, whatever fails', async () => {
    const tally: Tally = { faults: {}, counts: {} };
    const seeds = [1, 2];
    await Promise.all(seeds.map((seed) => runTrial({ ...scenarioOf(seed), faults: 2 }, seed, tally)));
    expect(tally.counts['set acknowledged']).toBeGreaterThan(20);
    expect(tally.counts['value, as clients saw it']).toBeGreaterThan(100);
    expect(tally.counts['gap, as clients saw it']).toBeGreaterThan(0);
    expect(tally.counts['times in which a member was here']).toBeGreaterThan(5);
  });
});

const place = (id: string) => placeOf(id) as NonNullable<ReturnType<typeof placeOf>>;
const note = (w: number, more: Partial<Value> = {}) => JSON.stringify({ w, ...more });

function written(chronicle: Chronicle, call: StateCall, n = 'value' in call ? call.value.w : 99): Write {
  const write = chronicle.begin(n, call);
  chronicle.settle(write, 'acknowledged');
  return write;
}

const setCall = (w: number, key = 'k', ifId?: string | null): StateCall => ({
  state: 'plain',
  what: 'set',
  key,
  value: { w },
  ...(ifId !== undefined && { ifId }),
});

/** Sets k, j, k and deletes j: `e.1` to `e.4`. */
function chronicleOfFour(): Chronicle {
  const chronicle = new Chronicle('plain', 'state');
  for (const [w, key] of [
    [1, 'k'],
    [2, 'j'],
    [3, 'k'],
  ] as const) {
    written(chronicle, setCall(w, key));
    chronicle.names(place(`e.${w}`), key, note(w));
  }
  chronicle.names(place('e.4'), 'j', undefined);
  return chronicle;
}

describe('the chronicle of a state', () => {
  it.each<[string, RegExp, (chronicle: Chronicle) => unknown]>([
    ['a value that nobody wrote', /never written/, (one) => one.sees('k', note(7))],
    ['a value of another key', /never written/, (one) => one.sees('j', note(1))],
    ['two values at one place', /e.1 is both/, (one) => one.names(place('e.1'), 'j', note(2))],
    ['a value at two places', /at the offsets 1 and 9/, (one) => one.names(place('f.9'), 'k', note(1))],
    ['two values of one write', /has written both/, (one) => one.sees('k', note(1, { a: 1 }))],
    [
      'a value whose write was rejected',
      /was rejected/,
      (one) => {
        one.settle(one.begin(8, setCall(8)), 'rejected');
        one.sees('k', note(8));
      },
    ],
    [
      'a write that is rejected after its value was seen',
      /had been seen/,
      (one) => {
        const write = one.begin(8, setCall(8));
        one.sees('k', note(8));
        one.settle(write, 'rejected');
      },
    ],
  ])('finds %s', (_what, failure, act) => {
    expect(() => act(chronicleOfFour())).toThrow(failure);
  });

  it('accepts a value under another epoch, and data that only its member has said', () => {
    chronicleOfFour().names(place('f.1'), 'k', note(1));
    const members = new Chronicle('hall', 'members');
    members.say(1, 'p1');
    members.sees('p1', note(1));
    expect(() => members.sees('p2', note(1))).toThrow(/never said/);
  });
});

describe('the check of what a client was told', () => {
  const rules: Rules = { mayEvict: false, mayVanish: false, last: 'e' };
  const at = 0;
  const begun: Step = { at, kind: 'begun' };
  const connected: Step = { at, kind: 'connected', to: 'node', place: undefined };
  const gap = (reason = 'epoch'): Step => ({ at, kind: 'gap', reason });
  const row = (key: string, w?: number): Step => ({
    at,
    kind: 'value',
    key,
    note: w === undefined ? undefined : note(w),
    place: undefined,
  });
  const value = (id: string, key: string, w?: number): Step => ({ ...row(key, w), place: placeOf(id) }) as Step;
  const whole = (id: string): Step => ({ at, kind: 'whole', place: placeOf(id) });
  const check = (steps: readonly Step[], own = rules) =>
    checkTrace('it', [begun, connected, ...steps], viewsOf(chronicleOfFour()), own);

  it.each<[string, readonly Step[]]>([
    ['a snapshot and what follows', [row('k', 1), row('j', 2), whole('e.2'), value('e.3', 'k', 3), value('e.4', 'j')]],
    ['a snapshot with a later value', [row('k', 3), whole('e.2'), value('e.3', 'k', 3), value('e.4', 'j')]],
    ['values that a later one has replaced', [row('k', 1), whole('e.1'), value('e.3', 'k', 3), value('e.4', 'j')]],
    ['a snapshot after a gap', [row('k', 1), whole('e.1'), connected, gap(), row('k', 3), whole('e.4')]],
    ['a snapshot that is cut off', [row('k', 1), whole('e.1'), gap(), connected, value('e.3', 'k', 3)]],
    ['a state to which nobody had written', [whole('-q.0'), value('e.3', 'k', 3)]],
  ])('accepts %s', (_what, steps) => {
    expect(() => check(steps)).not.toThrow();
  });

  it.each<[string, readonly Step[], RegExp]>([
    [
      'a value that came before',
      [row('k', 1), whole('e.2'), value('e.3', 'k', 3), value('e.3', 'k', 3)],
      /3 came after 3/,
    ],
    ['an older one', [row('k', 3), whole('e.3'), value('e.2', 'j', 2)], /2 came after 3/],
    ['another life without a gap', [row('k', 1), whole('e.2'), value('f.3', 'k', 3)], /without a gap/],
    ['a change that is left out', [row('k', 1), row('j', 2), whole('e.2'), value('e.4', 'j')], /which is {"w":3}/],
    ['a stale value in a snapshot', [row('k', 1), whole('e.4')], /has {"w":1} as k/],
    ['a key that is gone in a snapshot', [row('k', 3), row('j', 2), whole('e.4')], /has {"w":2} as j/],
    ['a key that a snapshot lacks', [whole('e.3')], /has undefined as/],
    ['a gap without a reason', [row('k', 1), whole('e.2'), gap('evicted')], /because of evicted/],
    ['a row outside of a snapshot', [row('k', 1), whole('e.2'), row('k', 1)], /outside of a snapshot/],
    ['a snapshot that goes back', [row('k', 3), whole('e.4'), gap(), row('k', 3), whole('e.3')], /3 came after 4/],
  ])('finds %s', (_what, steps, failure) => {
    expect(() => check(steps)).toThrow(failure);
  });

  it('shows what the frames say', () => {
    const chronicle = chronicleOfFour();
    const trace = new Trace(chronicle);
    trace.connect('node');
    trace.frame({ event: 'pushwire:open', id: 'start', data: {} });
    trace.frame({ id: '', key: 'k', data: { w: 1 } });
    expect([...trace.shown]).toEqual([]);
    trace.frame({ event: 'pushwire:snapshot', id: 'e.1', data: {} });
    trace.frame({ id: 'e.2', data: { key: 'j', data: { w: 2 } } });
    expect([...trace.shown]).toEqual([
      ['k', note(1)],
      ['j', note(2)],
    ]);
    trace.connect('node');
    trace.frame({ event: 'pushwire:gap', id: 'e.4', data: { reason: 'epoch' } });
    trace.frame({ id: '', key: 'k', data: { w: 3 } });
    trace.stands('e.4');
    expect([[...trace.shown], trace.cursor]).toEqual([[['k', note(3)]], 'e.4']);
  });
});

describe('the checks of writes', () => {
  const conditions = (chronicle: Chronicle) => checkConditions(chronicle, viewsOf(chronicle));

  it('find two who have written over one value', () => {
    const chronicle = chronicleOfFour();
    for (const w of [5, 6]) written(chronicle, setCall(w, 'k', 'e.3'));
    expect(() => conditions(chronicle)).toThrow(/have both written over k e.3/);
  });

  it('find a value that has got the id of another key, unless it was deleted while it waited', () => {
    const chronicle = chronicleOfFour();
    written(chronicle, setCall(5, 'new')).id = 'e.3';
    expect(() => conditions(chronicle)).toThrow(/5 has got the id e.3, which is that of k/);
    written(chronicle, { state: 'plain', what: 'delete', key: 'new' }).id = 'e.3';
    expect(() => conditions(chronicle)).not.toThrow();
  });

  it.each<[string, StateCall, Partial<Value>, RegExp | undefined]>([
    ['one over the right value', setCall(5, 'k', 'e.3'), {}, undefined],
    ['one over a value that has moved', setCall(5, 'k', 'e.1'), {}, /was to write over e.1/],
    ['one over a value that was to be absent', setCall(5, 'k', null), {}, /was to have no value/],
    ['one over a deletion', setCall(5, 'j', null), {}, undefined],
    ['a patch', { state: 'plain', what: 'patch', key: 'k', value: { w: 5, a: 5, b: null } }, { a: 5 }, undefined],
    [
      'a patch of another value',
      { state: 'plain', what: 'patch', key: 'k', value: { w: 5, a: 5 } },
      { a: 5, b: 1 },
      /no patch/,
    ],
  ])('judge %s', (_what, call, more, failure) => {
    const chronicle = chronicleOfFour();
    written(chronicle, call).id = 'e.5';
    chronicle.names(place('e.5'), 'key' in call ? call.key : '', note(5, more));
    const act = () => conditions(chronicle);
    if (failure) expect(act).toThrow(failure);
    else expect(act).not.toThrow();
  });

  it.each<[string, Partial<Write>, string | undefined, readonly Partial<Fault>[], RegExp | undefined]>([
    ['what was acknowledged last', {}, note(5), [], undefined],
    ['an older value', {}, note(1), [], /though 5 \(set\) was acknowledged/],
    ['no value', {}, undefined, [], /k is undefined, though 1 \(set\)/],
    ['an older value, while the newer one is written', { settledAt: 10_000 }, note(1), [], undefined],
    ['an older value, after a loss', {}, note(1), [{ kind: 'flush', from: 250, to: 260 }], undefined],
    ['an older value, after a loss before', {}, note(1), [{ kind: 'flush', from: 50, to: 60 }], /acknowledged/],
  ])('judge a read of %s', (_what, write, found, faults, failure) => {
    const chronicle = new Chronicle('plain', 'state');
    Object.assign(written(chronicle, setCall(1)), { begunAt: 0, settledAt: 100 });
    Object.assign(written(chronicle, setCall(5)), { begunAt: 200, settledAt: 300, ...write });
    const read = { chronicle, key: 'k', note: found, from: 400, to: 500 };
    const act = () => checkFresh(read, faults as readonly Fault[]);
    if (failure) expect(act).toThrow(failure);
    else expect(act).not.toThrow();
  });

  it('find a copy that goes back', () => {
    const change = (w: number) => ({ key: 'k', note: note(w), place: { epoch: 'e' } });
    const chronicle = chronicleOfFour();
    expect(() => checkCopy('it', chronicle, [change(1), change(3)])).not.toThrow();
    expect(() => checkCopy('it', chronicle, [change(3), change(1)])).toThrow(/from the offset 3 back to 1/);
  });
});

describe('the check of members', () => {
  const node = { name: 'node 1', ends: new Map<number, number>() };
  const step = { at: 20_000, kind: 'value', key: 'p1', note: undefined, place: place('e.9') };
  const follower = { name: 'it', trace: { steps: [step] } } as unknown as Follower;
  const hold = {
    room: 'hall',
    id: 'p1',
    node,
    life: 1,
    since: 1000,
    until: Number.POSITIVE_INFINITY,
  } as unknown as Hold;
  const check = (one: Hold, faults: readonly object[] = []) =>
    checkStays(follower, 'hall', [one], faults as readonly Fault[], 1500);

  it('finds a member that has left, though a process has it', () => {
    expect(() => check(hold)).toThrow(/p1 has left hall/);
  });

  it.each<[string, Hold, readonly object[]]>([
    ['has left before', { ...hold, until: 19_000 }, []],
    ['came a moment ago', { ...hold, since: 19_000 }, []],
    ['was on a node that died', { ...hold, node: { ...node, ends: new Map([[1, 15_000]]) } as never }, []],
    ['is on a node that was paused', hold, [{ kind: 'node paused', node, from: 18_000, to: 19_500 }]],
    ['was there before Redis failed', hold, [{ kind: 'flush', from: 19_000, to: 19_100 }]],
  ])('accepts the leave of a member that %s', (_what, one, faults) => {
    expect(() => check(one, faults)).not.toThrow();
  });
});
