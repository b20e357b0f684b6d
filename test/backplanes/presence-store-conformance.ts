import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BackplaneFactory, PresenceHeld } from '@pushwire/core/backplanes';
import { valueMessage } from '../../packages/core/src/log/state-message';
import { until } from '../kit/until';
import { Holder } from './presence-stores';
import { backplaneOf, Follower, limitsOfTests, type WithStates } from './state-stores';

/** Backplanes that share their presences, each as a process of its own has it. */
export interface SharedPresences {
  make(): BackplaneFactory;
  /** True where all processes are one, which cannot die without its members. */
  readonly isOne?: boolean;
}

/** What every store of presences does. Three processes share it. */
export function conformsAsPresenceStore(name: string, start: () => Promise<SharedPresences>) {
  describe(`the presences of ${name}`, () => {
    let isOne = false;
    let backplanes: WithStates[] = [];

    beforeAll(async () => {
      const shared = await start();
      isOne = shared.isOne === true;
      const one = backplaneOf(shared.make());
      backplanes = isOne ? [one, one, one] : [one, backplaneOf(shared.make()), backplaneOf(shared.make())];
    });
    afterAll(async () => {
      for (const backplane of new Set(backplanes)) await backplane.close();
    });

    /** A presence of its own, so that tests which wait for the end of leases wait at the same time. */
    const begin = async (keys = 100_000) => {
      const log = `pushwire:presence:${randomUUID()} {of tests}`;
      limitsOfTests.set(log, { keys });
      const [a, b] = backplanes.map((backplane) => new Holder(backplane.states, log)) as [Holder, Holder];
      const follower = await Follower.of(backplanes[2] as WithStates, log);
      const is = (words: string) => until(`a follower sees "${words}"`, () => follower.words === words);
      return { log, a, b, follower, is, members: () => a.members() };
    };
    const noRoom = ({ refused }: PresenceHeld) => refused;

    it.concurrent('have nobody where nobody has come, and nobody who goes', async () => {
      const { log, a, follower, members } = await begin();
      expect(noRoom(await a.hold({}, ['x', 'y']))).toEqual([]);
      expect([await members(), await a.store.count(log), follower.log.head]).toEqual(['', 0, 0]);
    });

    it.concurrent('have who has joined, and tell the changes of a call as one', async () => {
      const { log, a, follower, members } = await begin();
      const heads = new Set<number>();
      follower.followed.stop();
      const other = await Follower.of(backplanes[2] as WithStates, log, (head) => head > 0 && heads.add(head));
      await a.hold({ anna: 1, 'b "1"\n\u2028{}': ['ü\n', '"'], ' 1:1 ': null, count: '\\', '10': 0 }, []);
      await until('all are there', () => other.words.split(', ').length === 5);
      expect([...heads]).toEqual([5]);
      expect(await members()).toBe(other.words);
      expect(other.values).toEqual({ anna: 1, 'b "1"\n\u2028{}': ['ü\n', '"'], ' 1:1 ': null, count: '\\', '10': 0 });
      await a.hold({ anna: 2, bert: 1 }, [' 1:1 ', '10', 'count', 'nobody']);
      await until('they have changed', () => other.words.includes('bert'));
      expect([[...heads], other.values]).toEqual([[5, 10], { 'b "1"\n\u2028{}': ['ü\n', '"'], anna: 2, bert: 1 }]);
      expect([await members(), await a.store.count(log), other.gaps]).toEqual([other.words, 3, []]);
      other.followed.stop();
    });

    it.concurrent('do nothing more for a call that is repeated', async () => {
      const { a, follower, is } = await begin();
      await a.hold({ anna: 1, bert: 1 });
      await a.hold({ carl: 1 }, ['bert']);
      await is('anna=1, carl=1');
      const { head } = follower.log;
      for (let i = 0; i < 2; i++)
        expect(await a.hold({ carl: 1 }, ['bert'])).toMatchObject({ isNew: false, refused: [] });
      await a.hold({ dora: 1 });
      await is('anna=1, carl=1, dora=1');
      expect(follower.log.head).toBe(head + 1);
    });

    it.concurrent('take as many as there is room for, and say who has none, and how many could come', async () => {
      const { a, b, is } = await begin(2);
      expect(await a.hold({ anna: 1, bert: 1, carl: 1 })).toMatchObject({ refused: ['carl'], room: 0 });
      expect(await b.hold({ dora: 1, anna: 2 })).toMatchObject({ refused: ['dora'], room: 0 });
      expect(await a.hold({}, ['bert'])).toMatchObject({ refused: [], room: 1 });
      expect(await a.hold({ carl: 3 })).toMatchObject({ refused: [], room: 0 });
      await is('anna=2, carl=3');
    });

    it.concurrent('change the data of a member whoever has it, as one, and say who is nobody', async () => {
      const { log, a, b, follower, is, members } = await begin();
      expect(await b.update({ anna: 0 })).toEqual(['anna']);
      expect([await a.store.count(log), await members()]).toEqual([0, '']);
      await a.hold({ anna: 1, bert: 1, carl: 1 });
      expect(await b.update({ bert: { x: '\n"' }, nobody: 1, anna: 2 })).toEqual(['nobody']);
      await is('carl=1, bert={"x":"\\n\\""}, anna=2');
      const { head } = follower.log;
      expect([await b.update({ anna: 2 }), await a.update({ anna: 3 })]).toEqual([[], []]);
      await is('carl=1, bert={"x":"\\n\\""}, anna=3');
      expect(follower.log.head).toBe(head + 1);
      await a.hold({}, ['anna', 'bert', 'carl']);
      expect(await b.update({ anna: 4 })).toEqual(['anna']);
      await is('');
    });

    it.concurrent('change members in the order in which a call says it', async () => {
      const { a, members } = await begin();
      await a.hold({ anna: 1, bert: 1 });
      const updates = ['anna', 'bert', 'carl'].map((id) => valueMessage(id, 2));
      const { unknown } = await a.hold({ carl: 1 }, ['anna'], { updates });
      expect([unknown, await members()]).toEqual([['anna', 'carl'], 'bert=2, carl=1']);
    });

    it.concurrent('bring no data back that members came with, and take data that they come with anew', async () => {
      const { a, b, members } = await begin();
      await a.hold({ anna: 1 });
      await b.update({ anna: 2 });
      for (const holder of [a, b]) await holder.hold({ anna: 1 });
      expect(await members()).toBe('anna=2');
      // Only its process has a reason to say this again.
      await a.hold({ anna: 1 }, [], { says: 'again' });
      await a.hold({ anna: 3 }, [], { says: 'again', joined: 1 });
      expect(await members()).toBe('anna=2');
      await b.hold({ anna: 4 });
      expect(await members()).toBe('anna=4');
      await a.hold({ anna: 1 });
      await a.hold({ anna: 5 }, [], { says: 'updated', joined: 1 });
      await b.hold({ anna: 1 });
      expect(await members()).toBe('anna=5');
      await b.update({ anna: 1 });
      await b.hold({ anna: 6 });
      expect(await members()).toBe('anna=6');
      await a.hold({}, ['anna']);
      await b.hold({}, ['anna']);
      await a.hold({ anna: 1 });
      expect(await members()).toBe('anna=1');
    });

    it.concurrent('take a member with data that was changed before it was told', async () => {
      const { a, b, members } = await begin();
      await a.hold({ anna: 2 }, [], { says: 'updated', joined: 1 });
      await a.hold({ bert: 2 }, [], { says: 'again', joined: 1 });
      await b.hold({ anna: 1, bert: 1 });
      expect(await members()).toBe('anna=2, bert=2');
    });

    it.concurrent('tell the number alone, where names are not wanted', async () => {
      const { log, a, follower, is, members } = await begin(3);
      const isCount = true;
      expect(noRoom(await a.hold({ anna: 1, bert: 1, carl: 1, dora: 1 }, [], { isCount }))).toEqual(['dora']);
      await is('count=3');
      expect(await a.update({ anna: 2, dora: 2 }, { isCount })).toEqual(['dora']);
      expect([await a.store.count(log), follower.log.head]).toEqual([3, 1]);
      await a.hold({ anna: 2 }, ['bert', 'carl', 'dora'], { isCount });
      await is('count=1');
      const { head } = follower.log;
      await a.hold({ bert: 1 }, ['anna'], { isCount });
      await a.hold({}, ['bert'], { isCount });
      await is('');
      expect([follower.log.head, await members()]).toEqual([head + 1, '']);
    });

    it.concurrent('have a member as long as any process has it', async () => {
      if (isOne) return;
      const { a, b, is } = await begin();
      expect(await a.hold({ anna: 1, bert: 1 })).toMatchObject({ isNew: true });
      expect(await b.hold({ anna: 2, carl: 1 })).toMatchObject({ isNew: true });
      expect(await a.hold({}, ['anna', 'bert'])).toMatchObject({ isNew: false });
      await is('anna=2, carl=1');
      await b.hold({}, ['anna']);
      await is('carl=1');
      await a.hold({ carl: 1 });
      await b.hold({}, ['carl']);
      await a.hold({ dora: 1 });
      await is('carl=1, dora=1');
    });

    it.concurrent.each([
      ['names', {}, 'anna=1, bert=1, carl=1', 'bert=1'],
      ['the number', { isCount: true }, 'count=3', 'count=1'],
    ])('let those go whose process is dead, and show %s of the others', async (_, how, before, after) => {
      if (isOne) return;
      const { log, a, b, is, members } = await begin();
      await a.hold({ anna: 1, bert: 1, carl: 1 }, [], { ...how, lease: 2000 });
      await b.hold({ bert: 1 }, [], how);
      await is(before);
      await sleep(2020);
      // Whoever counts or reads finds it out, and so does whoever follows.
      expect(await b.store.count(log)).toBe(1);
      expect(await members()).toBe(after);
      await is(after);
      expect(await a.hold({ anna: 1 }, [], how)).toMatchObject({ isNew: true });
    });

    it.concurrent('keep the data of members whose process comes back after it was taken for dead', async () => {
      if (isOne) return;
      const { a, b, is, members } = await begin();
      await a.hold({ anna: 1, bert: 1, carl: 1 }, [], { lease: 2000 });
      await b.update({ anna: 2, bert: 2 }, { lease: 2000 });
      await is('carl=1, anna=2, bert=2');
      await is('');
      // Whoever comes anew comes with new data.
      await b.hold({ bert: 1 });
      expect(await a.hold({ anna: 1, carl: 1 }, [], { says: 'again' })).toMatchObject({ isNew: true });
      expect(await members()).toBe('bert=1, anna=2, carl=1');
      await b.hold({ anna: 1 });
      expect(await members()).toBe('bert=1, anna=2, carl=1');
    });

    it.concurrent('tell a process what others have changed of its members, and of nobody else', async () => {
      if (isOne) return;
      const { a, b } = await begin();
      const many = Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`m${n}`, 0]));
      // It looks once in a fifth of the lease, so the first one is not long either.
      await a.hold(many, [], { lease: 5000 });
      await b.hold({ bert: 0 });
      const learned = new Map<string, unknown>();
      const learn = async (holder: Holder, ids: readonly string[]) => {
        const { news } = await holder.hold({}, [], { lease: 1000 });
        for (const { key, body } of news) learned.set(key as string, body);
        return ids.every((id) => learned.has(id));
      };
      await b.update({ m0: 1, m399: 1, m7: 1, bert: 1 });
      await until('it has learned', () => learn(a, ['m0', 'm7', 'm399']));
      expect(Object.fromEntries(learned)).toEqual({ m0: '1', m7: '1', m399: '1' });
      await b.update({ m399: 2, m398: 2 });
      await b.hold({ m5: 5 }, ['bert']);
      learned.clear();
      await until('it has learned more', async () => (await learn(a, ['m398'])) && learned.get('m399') === '2');
      // What members come with is learned by those who say it.
      expect(learned.has('m5')).toBe(false);
    });

    it.concurrent('have no process whose only words are updates', async () => {
      if (isOne) return;
      const { log, a, b, members } = await begin();
      await a.hold({ anna: 1 });
      await b.update({ anna: 2 }, { lease: 300 });
      await sleep(320);
      expect([await members(), await a.store.count(log)]).toEqual(['anna=2', 1]);
      expect(await b.update({ anna: 3 })).toEqual([]);
    });

    it.concurrent('are read and followed without the dead, also where nobody else is there', async () => {
      if (isOne) return;
      const { a, is, members } = await begin();
      await a.hold({ anna: 1 }, [], { lease: 1500 });
      await is('anna=1');
      await is('');
      expect(await members()).toBe('');
    });

    it.concurrent('keep a process that was silent for a while, if nobody has found it dead', async () => {
      if (isOne) return;
      const { a, is } = await begin();
      // On a slow machine somebody may find it dead.
      await until('nobody has found it dead', async () => {
        await a.hold({ anna: 1 }, ['bert'], { lease: 50 });
        await sleep(60);
        return !(await a.hold({ bert: 1 })).isNew;
      });
      await is('anna=1, bert=1');
    });

    it.concurrent('let many members go of a dead process, a part at a time', async () => {
      if (isOne) return;
      const { a, b, follower, is, members } = await begin();
      const many = Object.fromEntries(Array.from({ length: 1300 }, (_, i) => [`m${i}`, i]));
      await a.hold(many, [], { lease: 1000 });
      await b.hold({ m7: 7, m1200: 1200 });
      await until('all are seen', () => follower.shown.size === 1300);
      await is('m7=7, m1200=1200');
      expect(await members()).toBe('m7=7, m1200=1200');
    });
  });
}
