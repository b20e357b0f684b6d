import { createHub, type HubOptions, memoryBackplane } from '../../src';
import type { Backplane, BackplaneHost } from '../../src/backplanes/backplane';
import type { PresenceLimits } from '../../src/backplanes/presence-limits';
import type { PresenceHold } from '../../src/backplanes/presence-store';
import { PushwireError } from '../../src/checks/errors';
import type { Message } from '../../src/log/message';
import { valueMessage } from '../../src/log/state-message';
import { FakeClock } from '../../src/testing';

/** A hub whose backplane tells what it was asked, and can fail or forget. */
function setUp(limits: Partial<PresenceLimits> = {}, options: HubOptions = {}) {
  const clock = new FakeClock();
  const holds: PresenceHold[] = [];
  const faults = { isAway: false, hasForgotten: false };
  const errors: string[] = [];
  const causes: unknown[] = [];
  const news: Message[] = [];
  const tells: { room?: number } = {};
  const backplane = (host: BackplaneHost): Backplane => {
    const memory = memoryBackplane()(host);
    const { states } = memory;
    if (states === undefined) throw new Error('no states');
    const hold = states.hold.bind(states);
    states.hold = (log, asked) => {
      holds.push(asked);
      if (faults.isAway) throw new PushwireError('backplane-unavailable', 'away');
      const held = hold(log, asked);
      const isNew = faults.hasForgotten;
      faults.hasForgotten = false;
      return { ...held, isNew, news: news.splice(0), ...tells };
    };
    return memory;
  };
  const error = ({ err }: { err?: unknown }, text: string) => {
    errors.push(text);
    causes.push(err);
  };
  const logger = { debug() {}, info() {}, error };
  const hub = createHub({ clock, presence: limits, backplane, logger, ...options });
  const room = hub.presence('room');
  const turn = async () => {
    clock.turn();
    for (let i = 0; i < 10; i++) await undefined;
  };
  const advance = async (ms: number) => {
    clock.advance(ms);
    await turn();
  };
  const ids = async () => (await room.members()).map(({ id }) => id);
  const said = () =>
    holds
      .splice(0)
      .map(({ joins, leaves, updates }) => [
        ...joins.map(({ message }) => `+${message.key}`),
        ...leaves.map((id) => `-${id}`),
        ...updates.map(({ key }) => `*${key}`),
      ]);
  return { clock, hub, room, turn, advance, ids, said, holds, faults, errors, causes, news, tells };
}

describe('a presence', () => {
  it('has a member from its first connection until some time after the last', async () => {
    const { room, turn, advance, ids, said } = setUp();
    const leaves = [room.join('anna', { name: 'Anna' }), room.join('anna', { name: 'Anna' }), room.join('bert')];
    await turn();
    expect(await room.members()).toEqual([
      { id: 'anna', data: { name: 'Anna' } },
      { id: 'bert', data: null },
    ]);
    expect([await room.count(), said()]).toEqual([2, [['+anna', '+bert']]]);
    leaves[0]?.();
    leaves[0]?.();
    await advance(6000);
    expect(await ids()).toEqual(['anna', 'bert']);
    leaves[1]?.();
    await advance(4999);
    expect(await ids()).toEqual(['anna', 'bert']);
    await advance(1);
    expect(await ids()).toEqual(['bert']);
  });

  it('does not see a page leave that is loaded again', async () => {
    const { room, turn, advance, said } = setUp();
    const leave = room.join('anna', 1);
    await turn();
    said();
    leave();
    await advance(3000);
    room.join('anna', 1);
    await advance(60_000);
    expect(said().flat()).toEqual([]);
  });

  it('tells what has changed of a member alone, and whether there is such a member', async () => {
    const { room, turn, said } = setUp();
    room.join('anna', { x: 1 });
    room.join('bert', { x: 1 });
    await turn();
    said();
    const answers = [room.update('anna', { x: 1 }), room.update('anna', { x: 2 }), room.update('nobody', 1)];
    await turn();
    expect([said(), await Promise.all(answers)]).toEqual([[['+anna', '*nobody']], [true, true, false]]);
    expect((await room.members()).at(-1)).toEqual({ id: 'anna', data: { x: 2 } });
  });

  it('collects updates with all else, the newest of each member, and gives all the answer', async () => {
    const { room, turn, advance, said, holds } = setUp({ every: 50 });
    room.join('anna', 1);
    const answers = [1, 2, 3].flatMap((n) => [room.update('anna', n), room.update('bert', n)]);
    await turn();
    expect(holds).toEqual([]);
    await advance(50);
    expect(holds[0]?.updates.map(({ body }) => body)).toEqual(['3']);
    expect(said()).toEqual([['+anna', '*bert']]);
    expect(await Promise.all(answers)).toEqual([true, false, true, false, true, false]);
    expect(await room.members()).toEqual([{ id: 'anna', data: 3 }]);
  });

  it('brings no data back that connections come with again', async () => {
    const { room, turn, advance } = setUp();
    const data = async () => (await room.members()).map((member) => member.data);
    const leave = room.join('anna', 1);
    await turn();
    room.update('anna', 2);
    await turn();
    leave();
    room.join('anna', 1);
    await turn();
    expect(await data()).toEqual([2]);
    room.join('anna', 3);
    await turn();
    expect(await data()).toEqual([3]);
    room.update('anna', 4);
    await advance(6000);
    expect(await data()).toEqual([4]);
  });

  it('has an update of a member that leaves before it is told', async () => {
    const { room, turn, advance } = setUp({ every: 100, grace: 50 });
    const leave = room.join('anna', 1);
    const early = room.update('anna', 2);
    await advance(100);
    leave();
    await turn();
    const late = room.update('anna', 3);
    await advance(60);
    const later = room.update('anna', 4);
    await advance(100);
    expect(await Promise.all([early, late, later])).toEqual([true, false, false]);
    expect(await room.members()).toEqual([]);
  });

  it('tells the caller of an update that has failed, and repeats it where the member is its own', async () => {
    const { room, turn, advance, said, faults, errors } = setUp();
    const code = (promise: Promise<unknown>) => promise.catch((error) => error.code);
    faults.isAway = true;
    const [alone] = [code(room.update('bert', 2))];
    await turn();
    // Nothing of this process is untold.
    expect([await alone, errors]).toEqual(['backplane-unavailable', []]);
    await advance(10_000);
    expect(said()).toEqual([['*bert']]);
    room.join('anna', 1);
    const [own, other] = [code(room.update('anna', 2)), code(room.update('bert', 2))];
    await turn();
    expect([await own, await other]).toEqual(['backplane-unavailable', 'backplane-unavailable']);
    faults.isAway = false;
    await advance(1000);
    expect([said(), await room.members()]).toEqual([[['+anna', '*bert'], ['+anna']], [{ id: 'anna', data: 2 }]]);
  });

  it('answers updates before and after a join of one turn', async () => {
    const { room, turn } = setUp();
    const before = room.update('anna', 1);
    room.join('anna', 2);
    const after = room.update('anna', 3);
    await turn();
    expect(await Promise.all([before, after])).toEqual([false, true]);
    expect(await room.members()).toEqual([{ id: 'anna', data: 3 }]);
  });

  it('lets as many updates wait as it may have members', async () => {
    const { room, turn } = setUp({ members: 2 });
    const answers = ['a', 'b', 'a', 'c'].map((id) => room.update(id, 1).catch((error) => error.message));
    await turn();
    const refused = '2 updates of a presence wait already (presence.members).';
    expect(await Promise.all(answers)).toEqual([false, false, false, refused]);
  });

  it('tells updates that wait when the hub closes, and refuses those that come later', async () => {
    const { hub, room, turn, said } = setUp({ every: 1000 });
    room.join('anna', 1);
    const update = room.update('anna', 2);
    await hub.close();
    await turn();
    expect([await update, said()]).toEqual([true, [['+anna']]]);
    await expect(room.update('anna', 3)).rejects.toMatchObject({ code: 'hub-closed' });
  });

  it('rejects the updates for which the last call has no room', async () => {
    const { hub, room, turn } = setUp({ every: 1000 });
    for (let n = 0; n < 400; n++) room.join(`m${n}`, 1);
    const code = (promise: Promise<unknown>) => promise.catch((error) => error.code);
    const own = Array.from({ length: 600 }, (_, n) => {
      if (n >= 400) room.join(`m${n}`, 1);
      return code(room.update(`m${n}`, 2));
    });
    const others = code(room.update('nobody', 2));
    await hub.close();
    await turn();
    const answers = await Promise.all(own);
    expect([answers[0], answers[499], answers[500], answers[599]]).toEqual([true, true, 'hub-closed', 'hub-closed']);
    expect(await others).toBe('hub-closed');
  });

  it('collects what happens in its interval, and says a crowd in bounded parts', async () => {
    const { room, advance, said } = setUp({ every: 50 });
    for (let n = 0; n < 1200; n++) room.join(`m${n}`);
    await advance(49);
    expect(said()).toEqual([]);
    await advance(1);
    await advance(50);
    await advance(50);
    expect(said().map((all) => all.length)).toEqual([500, 500, 200]);
    expect(await room.count()).toBe(1200);
  });

  it('renews its lease while somebody is there, and says nothing after that', async () => {
    const { room, turn, advance, holds } = setUp({ lease: 10_000, grace: 0 });
    const leave = room.join('anna');
    await turn();
    for (let n = 0; n < 4; n++) await advance(1500);
    expect(holds.map(({ lease }) => lease)).toEqual([6000, 6000, 6000, 6000, 6000]);
    leave();
    await turn();
    holds.length = 0;
    await advance(60_000);
    expect(holds).toEqual([]);
  });

  it('says all of its members again, where the backplane has forgotten them', async () => {
    const { room, turn, advance, said, faults } = setUp();
    for (const id of ['anna', 'bert']) room.join(id);
    await turn();
    said();
    faults.hasForgotten = true;
    room.join('carl');
    await turn();
    await turn();
    expect(said()).toEqual([['+carl'], ['+anna', '+bert']]);
    faults.hasForgotten = true;
    await advance(3000);
    await turn();
    expect(said()).toEqual([[], ['+anna', '+bert', '+carl']]);
  });

  it('says again what others have changed, unless it knows better', async () => {
    const { room, turn, advance, holds, faults, news } = setUp();
    for (const id of ['anna', 'bert']) room.join(id, 0);
    await turn();
    news.push(...['anna', 'bert', 'nobody'].map((id) => valueMessage(id, 1)));
    await advance(3000);
    news.push(valueMessage('bert', 2));
    const call = advance(3000);
    // This comes while the call is under way.
    room.update('bert', 3);
    await call;
    await turn();
    holds.length = 0;
    faults.hasForgotten = true;
    await advance(3000);
    await turn();
    const again = holds
      .at(-1)
      ?.joins.map(({ message, joined, says }) => [message.key, message.body, joined.body, says]);
    expect(again).toEqual([
      ['anna', '1', '0', 'again'],
      ['bert', '3', '0', 'again'],
    ]);
  });

  it('says what is so by then, when the backplane is back, and logs the trouble once', async () => {
    const { room, turn, advance, ids, faults, errors } = setUp({ grace: 0 });
    const leave = room.join('anna');
    await turn();
    faults.isAway = true;
    leave();
    room.join('bert', 1);
    await turn();
    room.join('bert', 2);
    room.join('anna', 2);
    for (let n = 0; n < 3; n++) await advance(1000);
    faults.isAway = false;
    await advance(1000);
    expect([(await ids()).sort(), errors]).toEqual([['anna', 'bert'], ['who is present could not be told']]);
    expect(await room.members()).toContainEqual({ id: 'bert', data: 2 });
  });

  it('keeps its members for others to take over when the hub closes', async () => {
    const { hub, room, turn, holds } = setUp({ grace: 4000 });
    room.join('anna');
    await turn();
    await hub.close();
    expect(holds.at(-1)).toMatchObject({ lease: 4000, joins: [], leaves: [] });
    expect(() => room.join('bert')).toThrow(expect.objectContaining({ code: 'hub-closed' }));
  });

  it('takes as many members as it may, and logs that there were more', async () => {
    const { room, turn, ids, errors, causes } = setUp({ members: 2 });
    for (const id of ['a', 'b', 'c']) room.join(id);
    await turn();
    expect([await ids(), errors]).toEqual([['a', 'b'], ['a presence is full']]);
    expect(causes.map(String)).toEqual(['Error: 1 members have no room in the presence "room" (presence.members).']);
  });

  it('takes those that wait for room in their order, when there is some', async () => {
    const { room, turn, advance, ids, said, errors } = setUp({ members: 2, grace: 0 });
    const leaves = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => room.join(id, id));
    await turn();
    said();
    const waiting = room.update('d', 'new');
    expect(await waiting).toBe(false);
    await advance(60_000);
    // It asks nobody again for whom there is no room.
    expect(said().flat()).toEqual([]);
    leaves[0]?.();
    room.join('g');
    await turn();
    await turn();
    expect([await ids(), said()[0]]).toEqual([
      ['b', 'c'],
      ['+c', '+g', '-a'],
    ]);
    // One that waits and leaves is not there, and is nobody's trouble.
    leaves[4]?.();
    for (const at of [1, 2]) leaves[at]?.();
    await turn();
    await turn();
    expect(await room.members()).toEqual([
      { id: 'd', data: 'new' },
      { id: 'f', data: 'f' },
    ]);
    expect(errors).toEqual(['a presence is full']);
  });

  it('takes a crowd that waits in bounded parts, and asks for no more than there is room for', async () => {
    const { room, turn, advance, said } = setUp({ members: 1000, grace: 0 });
    const leaves = Array.from({ length: 3000 }, (_, n) => room.join(`m${n}`));
    for (let n = 0; n < 20; n++) await turn();
    said();
    await advance(60_000);
    expect(said().flat()).toEqual([]);
    for (const leave of leaves.slice(0, 1000)) leave();
    for (let n = 0; n < 20; n++) await turn();
    const calls = said();
    const joins = calls.map((all) => all.filter((one) => one.startsWith('+')).length);
    expect([await room.count(), Math.max(...calls.map(({ length }) => length))]).toEqual([1000, 500]);
    expect(joins.reduce((sum, count) => sum + count)).toBeLessThan(1300);
    expect((await room.members()).map(({ id }) => id)).toEqual(Array.from({ length: 1000 }, (_, n) => `m${n + 1000}`));
  });

  it('does not ask at once again, where it is told of room that is none', async () => {
    const { room, turn, holds, tells } = setUp({ members: 1 });
    tells.room = 5;
    for (const id of ['a', 'b']) room.join(id);
    for (let n = 0; n < 5; n++) await turn();
    expect(holds).toHaveLength(1);
  });

  it('says again who is there before those that wait, where the backplane has forgotten all', async () => {
    const { room, turn, ids, said, faults, advance } = setUp({ members: 2 });
    for (const id of ['a', 'b', 'c']) room.join(id);
    await turn();
    said();
    faults.hasForgotten = true;
    await advance(3000);
    await turn();
    expect([said(), await ids()]).toEqual([
      [[], ['+a', '+b', '+c']],
      ['a', 'b'],
    ]);
  });

  it('tells the number alone, where names are not wanted', async () => {
    const { hub, room, turn, ids } = setUp({ names: false, grace: 0, members: 3 });
    expect(await room.count()).toBe(0);
    const leaves = ['a', 'a', 'b', 'c', 'd'].map((id) => room.join(id));
    await turn();
    expect([await room.count(), await ids()]).toEqual([3, []]);
    for (const leave of leaves.slice(0, 3)) leave();
    await turn();
    // There is room for one more now.
    expect(await room.count()).toBe(2);
    for (const leave of leaves) leave();
    await turn();
    expect([await room.count(), await hub.presence('other').count()]).toEqual([0, 0]);
  });

  it('updates no member to more bytes than it may have', async () => {
    const { room, turn, said } = setUp({ dataBytes: 10 });
    room.join('anna', 1);
    await turn();
    said();
    await expect(room.update('anna', 'x'.repeat(20))).rejects.toMatchObject({ code: 'message-too-large' });
    await turn();
    expect([said(), await room.members()]).toEqual([[], [{ id: 'anna', data: 1 }]]);
  });

  it('refuses misuse at once', () => {
    const { hub, room } = setUp({ dataBytes: 10 });
    expect(() => hub.presence('')).toThrow(/^presence name: expected a string of 1 to 255 characters/);
    expect(() => room.join('')).toThrow(/^id of a member of "room": expected/);
    expect(() => room.update('\ud800', {})).toThrow(/^id of a member of "room": expected/);
    expect(() => room.join('a', 7n)).toThrow(/^data of a member of "room": expected a value that JSON can hold/);
    expect(() => room.join('a', 'x'.repeat(20))).toThrow(
      'A member may have at most 10 bytes (presence.dataBytes), but one of "room" has 23.',
    );
    expect(() => room.update('', 1)).toThrow(/^id of a member of "room": expected/);
    expect(() => room.update('a', 7n)).toThrow(TypeError);
    expect(() => createHub({ presence: { lease: 10 } })).toThrow(/^presence option lease: expected/);
  });
});
