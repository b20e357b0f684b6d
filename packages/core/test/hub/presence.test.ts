import { createHub, type HubOptions, memoryBackplane } from '../../src';
import type { Backplane, BackplaneHost } from '../../src/backplanes/backplane';
import type { PresenceLimits } from '../../src/backplanes/presence-limits';
import type { PresenceHold } from '../../src/backplanes/presence-store';
import { PushwireError } from '../../src/checks/errors';
import { FakeClock } from '../../src/testing';

/** A hub whose backplane tells what it was asked, and can fail or forget. */
function setUp(limits: Partial<PresenceLimits> = {}, options: HubOptions = {}) {
  const clock = new FakeClock();
  const holds: PresenceHold[] = [];
  const faults = { isAway: false, hasForgotten: false };
  const errors: string[] = [];
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
      return { ...held, isNew };
    };
    return memory;
  };
  const logger = { debug() {}, info() {}, error: (_fields: object, text: string) => void errors.push(text) };
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
    holds.splice(0).map(({ joins, leaves }) => [...joins.map(({ key }) => `+${key}`), ...leaves.map((id) => `-${id}`)]);
  return { clock, hub, room, turn, advance, ids, said, holds, faults, errors };
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

  it('tells what has changed of a member alone, and nothing where nothing has', async () => {
    const { room, turn, said } = setUp();
    room.join('anna', { x: 1 });
    room.join('bert', { x: 1 });
    await turn();
    said();
    expect([room.update('anna', { x: 1 }), room.update('anna', { x: 2 }), room.update('nobody', 1)]).toEqual([
      true,
      true,
      false,
    ]);
    await turn();
    expect(said()).toEqual([['+anna']]);
    expect((await room.members()).at(-1)).toEqual({ id: 'anna', data: { x: 2 } });
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
    const { room, turn, ids, errors } = setUp({ members: 2 });
    for (const id of ['a', 'b', 'c']) room.join(id);
    await turn();
    expect([await ids(), errors]).toEqual([['a', 'b'], ['a presence is full']]);
  });

  it('tells the number alone, where names are not wanted', async () => {
    const { hub, room, turn, ids } = setUp({ names: false, grace: 0, members: 3 });
    expect(await room.count()).toBe(0);
    const leaves = ['a', 'a', 'b', 'c', 'd'].map((id) => room.join(id));
    await turn();
    expect([await room.count(), await ids()]).toEqual([3, []]);
    for (const leave of leaves.slice(0, 3)) leave();
    await turn();
    expect(await room.count()).toBe(1);
    for (const leave of leaves) leave();
    await turn();
    expect([await room.count(), await hub.presence('other').count()]).toEqual([0, 0]);
  });

  it('refuses misuse at once', () => {
    const { hub, room } = setUp({ dataBytes: 10 });
    expect(() => hub.presence('')).toThrow(/^presence name: expected a string of 1 to 255 characters/);
    expect(() => room.join('')).toThrow(/^key: expected/);
    expect(() => room.join('a', 7n)).toThrow(TypeError);
    expect(() => room.join('a', 'x'.repeat(20))).toThrow(
      'A member may have at most 10 bytes (presence.dataBytes), but one of "room" has 23.',
    );
    expect(() => createHub({ presence: { lease: 10 } })).toThrow(/^presence option lease: expected/);
  });
});
