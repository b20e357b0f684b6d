import { PushwireError } from '../../src/wire/error';
import { broken, opening, Rig, refused } from '../kit/rig';

describe('an attempt', () => {
  it('is trusted from its first frame on', () => {
    const rig = new Rig().start();
    expect(rig.news()).toEqual(['a connecting']);
    rig.last.hear();
    expect(rig.state.status).toBe('connecting');
    rig.last.hear(opening('e.1'));
    expect(rig.news()).toEqual(['a open']);
    expect(rig.state).toMatchObject({ cursor: 'e.1', since: 1_000_000 });
  });

  it('that brings nothing in time is left for the next at once, with the cursor', () => {
    const rig = new Rig({}, {}, 'e.7').start();
    rig.clock.advance(4999);
    expect(rig.attempts).toHaveLength(1);
    rig.clock.advance(1);
    expect(rig.attempts.map(({ transport, cursor, isOpen }) => [transport, cursor, isOpen])).toEqual([
      ['a', 'e.7', false],
      ['b', 'e.7', true],
    ]);
    expect(rig.news()).toEqual(['a connecting', 'b connecting', 'a: timeout']);
  });

  it.each([400, 405, 406, 415, 426, 500, 501, 502, 504])(
    'that is answered with %i is left for the next at once',
    (status) => {
      const rig = new Rig().start();
      rig.last.over(refused(status));
      expect(rig.last.transport).toBe('b');
      expect(rig.errors).toEqual([expect.objectContaining({ code: 'refused', status })]);
    },
  );

  it.each([401, 403, 404, 410])('that is answered with %i is the last', (status) => {
    const rig = new Rig().start();
    rig.last.over(refused(status));
    expect(rig.news()).toEqual(['a connecting', 'a failed', `a: refused`]);
    expect(rig.clock.pending).toBe(0);
  });

  it('that is answered with 401 is made once more where headers are asked for', () => {
    const rig = new Rig({ asksHeaders: true }).start();
    rig.last.over(refused(401));
    expect(rig.attempts.map(({ transport }) => transport)).toEqual(['a', 'a']);
    rig.last.hear(opening('e.1'));
    rig.last.over(refused(401));
    rig.last.over(refused(401));
    expect(rig.state.status).toBe('failed');
    expect(rig.attempts).toHaveLength(3);
  });

  it.each([408, 425, 429, 503])(
    'that is answered with %i waits as long as it is told, for the same transport',
    (status) => {
      const rig = new Rig().start();
      rig.last.over(refused(status, 7000));
      expect(rig.state.status).toBe('waiting');
      rig.clock.advance(6999);
      expect(rig.attempts).toHaveLength(1);
      rig.clock.advance(1);
      expect(rig.attempts.map(({ transport }) => transport)).toEqual(['a', 'a']);
    },
  );

  it('that breaks goes on to the next transport after a wait', () => {
    const rig = new Rig().start();
    rig.last.over(broken());
    expect(rig.news()).toEqual(['a connecting', 'b waiting', 'a: network']);
    rig.clock.advance(500);
    expect(rig.last.transport).toBe('b');
  });

  it('whose handshake fails in a way that no browser tells goes on to the next at once', () => {
    const rig = new Rig().start();
    rig.last.over(new PushwireError('network', { closeCode: 1006 }));
    expect(rig.last.transport).toBe('b');
  });

  it('is given more time with each round in vain', () => {
    const rig = new Rig({ order: ['a'] }).start();
    rig.chance = 0;
    for (const ms of [5000, 10_000, 20_000, 30_000, 30_000]) {
      const { length } = rig.attempts;
      rig.clock.advance(ms - 1);
      expect(rig.attempts).toHaveLength(length);
      rig.clock.advance(1);
      expect(rig.attempts).toHaveLength(length + 1);
    }
  });

  it('is only made once for each transport before the next wait', () => {
    const rig = new Rig().start();
    for (let n = 0; n < 3; n++) rig.last.over(refused(400));
    expect(rig.attempts).toHaveLength(3);
    expect(rig.state.status).toBe('waiting');
    rig.clock.advance(500);
    expect(rig.last.transport).toBe('a');
  });
});

describe('the back-off', () => {
  it.each([0.25, 0.999])('is anything up to a bound that doubles, chance %d', (chance) => {
    const rig = new Rig({ order: ['a'] }).start();
    rig.chance = chance;
    for (const bound of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
      const { length } = rig.attempts;
      rig.last.over(broken());
      rig.clock.advance(chance * bound - 1);
      expect(rig.attempts).toHaveLength(length);
      rig.clock.advance(1);
      expect(rig.attempts).toHaveLength(length + 1);
    }
  });

  it('begins anew when messages come again, with the base that the server has named', () => {
    const rig = new Rig({ order: ['a'] }).start();
    for (let n = 0; n < 5; n++) {
      rig.last.over(broken());
      rig.clock.advance(30_000);
    }
    rig.last.hear(opening('e.1', { retry: 3000 }));
    rig.clock.advance(20_000);
    rig.last.over(broken());
    const { length } = rig.attempts;
    rig.clock.advance(1499);
    expect(rig.attempts).toHaveLength(length);
    rig.clock.advance(1);
    expect(rig.attempts).toHaveLength(length + 1);
  });
});

describe('an open connection', () => {
  const opened = (...given: ConstructorParameters<typeof Rig>) => {
    const rig = new Rig(...given).start();
    rig.last.hear(opening('e.0'));
    rig.news();
    return rig;
  };

  it('hands messages and gaps on, each once', () => {
    const rig = opened();
    const gap = { event: 'pushwire:gap', id: 'e.5', data: { reason: 'evicted', cursor: 'e.5' } };
    for (const frame of [{ id: 'e.1', data: 1 }, gap, { id: 'e.6', data: 2 }, { id: 'e.6', data: 2 }, { data: 3 }]) {
      rig.last.hear(frame);
    }
    expect(rig.frames).toEqual([{ id: 'e.1', data: 1 }, gap, { id: 'e.6', data: 2 }, { data: 3 }]);
    expect(rig.state.cursor).toBe('e.6');
  });

  it('of a stream without a log may bring an id again', () => {
    const rig = new Rig().start();
    rig.last.hear(opening());
    for (let n = 0; n < 2; n++) rig.last.hear({ id: '1', data: n });
    expect(rig.frames).toHaveLength(2);
  });

  it('that breaks is no error, and comes back by the same transport', () => {
    const rig = opened();
    rig.clock.advance(20_000);
    rig.last.over(broken());
    expect(rig.news()).toEqual(['a waiting']);
    rig.clock.advance(500);
    expect([rig.last.transport, rig.last.cursor]).toEqual(['a', 'e.0']);
  });

  it('that dies young three times in a row is left, and remembered', () => {
    const rig = opened();
    for (let n = 0; n < 3; n++) {
      rig.last.hear(opening('e.0'));
      rig.clock.advance(2000);
      rig.last.over(broken());
      rig.clock.advance(5000);
    }
    expect(rig.last.transport).toBe('b');
    expect(Object.keys(rig.remembered)).toEqual(['a']);
  });

  it('is dead when it brought nothing for twice the heartbeat', () => {
    const rig = opened();
    rig.clock.advance(29_999);
    rig.last.hear();
    rig.clock.advance(29_999);
    expect(rig.state.status).toBe('open');
    rig.clock.advance(1);
    expect(rig.news()).toEqual(['a waiting', 'a: silent']);
    expect(rig.open).toEqual([]);
  });

  it('ends where the server says so, and is forgotten', () => {
    for (const end of [
      (rig: Rig) => rig.last.hear({ event: 'pushwire:end', id: 'e.9', data: {} }),
      (rig: Rig) => rig.last.over(refused(204)),
      (rig: Rig) => rig.last.over(new PushwireError('network', { closeCode: 1000 })),
      (rig: Rig) => rig.take('close'),
    ]) {
      const rig = opened();
      end(rig);
      expect(rig.news()).toEqual(['a ended']);
      expect([rig.clock.pending, rig.open]).toEqual([0, []]);
      rig.take('look');
      rig.last.hear({ id: 'e.10', data: 0 });
      expect([rig.frames, rig.news()]).toEqual([[], []]);
    }
  });

  it('fails where the app has closed the WebSocket, or a message is too large', () => {
    for (const code of ['closed', 'too-large'] as const) {
      const rig = opened();
      rig.last.over(new PushwireError(code));
      expect(rig.news()).toEqual(['a failed', `a: ${code}`]);
    }
  });

  it('that is asked to come back later does so then, whoever looks', () => {
    const rig = opened();
    rig.last.hear({ event: 'pushwire:retry', data: { reason: 'draining', retry: 4000 } });
    expect([rig.state.status, rig.open]).toEqual(['waiting', []]);
    rig.take('look');
    rig.clock.advance(3999);
    expect(rig.attempts).toHaveLength(1);
    rig.clock.advance(1);
    expect(rig.last.transport).toBe('a');
  });

  it('tells of a source that has failed, and goes on', () => {
    const rig = opened();
    rig.last.hear({ event: 'pushwire:error', data: { code: 'source-failed' } });
    expect(rig.news()).toEqual(['a: source-failed']);
    expect(rig.state.status).toBe('open');
  });
});

describe('a better transport', () => {
  /** Has fallen back from `a` to `b`. */
  const fallen = () => {
    const rig = new Rig().start();
    rig.clock.advance(5000);
    rig.last.hear(opening('e.3'));
    rig.news();
    return rig;
  };

  it('is left for a while, by other connections too', () => {
    const { remembered } = fallen();
    expect(remembered).toEqual({ a: 1_000_000 + 5000 + 60_000 });
    expect(new Rig({}, remembered).start().last.transport).toBe('b');
    const later = new Rig({}, remembered);
    later.clock.advance(65_000);
    expect(later.start().last.transport).toBe('a');
  });

  it('is tried beside the one in use, and takes over by its first frame, from where the client is', () => {
    const rig = fallen();
    const [, inUse] = rig.attempts;
    for (let n = 0; n < 4; n++) {
      rig.clock.advance(14_999);
      inUse?.hear();
    }
    expect(rig.attempts).toHaveLength(2);
    rig.clock.advance(4);
    const trial = rig.last;
    expect([trial.transport, trial.cursor, inUse?.isOpen]).toEqual(['a', 'e.3', true]);
    inUse?.hear({ id: 'e.4', data: 4 });
    expect(rig.news()).toEqual([]);
    trial.hear(opening('e.3'));
    trial.hear({ id: 'e.4', data: 4 });
    expect(rig.remembered.a).toBe(rig.clock.now());
    expect(rig.open).toEqual([rig.last]);
    expect([rig.last.transport, rig.last.cursor]).toEqual(['a', 'e.4']);
    rig.last.hear(opening('e.4'));
    rig.last.hear({ id: 'e.5', data: 5 });
    expect(rig.frames.map(({ id }) => id)).toEqual(['e.4', 'e.5']);
    expect(rig.news()).toEqual(['a connecting', 'a open']);
  });

  it.each([
    ['is over', (rig: Rig) => rig.last.over(broken())],
    ['brings nothing', (rig: Rig) => rig.clock.advance(5000)],
    ['is turned away', (rig: Rig) => rig.last.hear({ event: 'pushwire:retry', data: { retry: 1000 } })],
  ])('that %s on trial is tried again after twice the time, and disturbs nobody', (_, fail) => {
    const rig = fallen();
    const [, inUse] = rig.attempts;
    const wait = (ms: number) => {
      for (let waited = 0; waited < ms; waited += 10_000) {
        rig.clock.advance(10_000);
        inUse?.hear();
      }
    };
    wait(60_000);
    expect(rig.attempts).toHaveLength(3);
    fail(rig);
    expect([rig.open, rig.news()]).toEqual([[inUse], []]);
    wait(100_000);
    expect(rig.attempts).toHaveLength(3);
    wait(30_000);
    expect(rig.attempts).toHaveLength(4);
  });

  it('that nothing speaks against is tried soon', () => {
    const rig = new Rig().start();
    rig.last.over(broken());
    rig.clock.advance(500);
    rig.last.hear(opening('e.1'));
    rig.clock.advance(60_000 / 16);
    expect(rig.last.transport).toBe('a');
  });
});

describe("the page's life", () => {
  const opened = () => {
    const rig = new Rig().start();
    rig.last.hear(opening('e.1'));
    rig.news();
    return rig;
  };

  it('reconnects at once when the network is back', () => {
    const rig = opened();
    rig.take('offline');
    expect(rig.open).toHaveLength(1);
    rig.take('back');
    expect(rig.attempts.map(({ isOpen }) => isOpen)).toEqual([false, true]);
    rig.take('back');
    expect(rig.attempts).toHaveLength(2);
  });

  it('holds nothing while it is frozen, and comes back by the cursor', () => {
    const rig = opened();
    rig.take('freeze');
    expect([rig.state.status, rig.open, rig.clock.pending]).toEqual(['waiting', [], 0]);
    rig.take('back');
    expect([rig.last.isOpen, rig.last.cursor]).toEqual([true, 'e.1']);
  });

  it('is not woken when a page that was put aside is hidden', () => {
    const rig = opened();
    rig.take('freeze');
    rig.take('look');
    expect(rig.open).toEqual([]);
  });

  it('cuts a wait short when somebody looks', () => {
    const rig = new Rig().start();
    for (let n = 0; n < 6; n++) {
      rig.last.over(broken());
      if (n < 5) rig.clock.advance(30_000);
    }
    const { length } = rig.attempts;
    rig.take('look');
    expect(rig.attempts).toHaveLength(length + 1);
  });

  it('notices, when somebody looks, that a machine has slept', () => {
    const rig = opened();
    const timers = jest.spyOn(rig.clock, 'now').mockReturnValue(1_000_000 + 3_600_000);
    rig.take('look');
    expect([rig.state.status, rig.open]).toEqual(['waiting', []]);
    timers.mockRestore();
  });
});
