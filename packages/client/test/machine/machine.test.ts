import { PushwireError } from '../../src/wire/error';
import { broken, opening, Rig, refused } from '../kit/rig';

describe('an attempt', () => {
  it('opens with its first frame', () => {
    const rig = new Rig().start();
    expect(rig.news()).toEqual(['a connecting']);
    rig.last.onFrame();
    expect(rig.state.status).toBe('connecting');
    rig.last.onFrame(opening('e.1'));
    expect(rig.news()).toEqual(['a open']);
    expect(rig.state).toMatchObject({ cursor: 'e.1', since: 1_000_000 });
  });

  it('that times out gives way to the next transport at once, with the same cursor', () => {
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
    'that is answered with %i gives way to the next transport at once',
    (status) => {
      const rig = new Rig().start();
      rig.last.onClose(refused(status));
      expect(rig.last.transport).toBe('b');
      expect(rig.errors).toEqual([expect.objectContaining({ code: 'refused', status })]);
    },
  );

  it.each([401, 403, 404, 410])('that is answered with %i is the last one', (status) => {
    const rig = new Rig().start();
    rig.last.onClose(refused(status));
    expect(rig.news()).toEqual(['a connecting', 'a failed', `a: refused`]);
    expect(rig.clock.pending).toBe(0);
  });

  it('that is answered with 401 is repeated once when headers can be renewed', () => {
    const rig = new Rig({ renews: true }).start();
    rig.last.onClose(refused(401));
    expect(rig.attempts.map(({ transport }) => transport)).toEqual(['a', 'a']);
    rig.last.onFrame(opening('e.1'));
    rig.last.onClose(refused(401));
    rig.last.onClose(refused(401));
    expect(rig.state.status).toBe('failed');
    expect(rig.attempts).toHaveLength(3);
  });

  it.each([408, 425, 429, 503])(
    'that is answered with %i is repeated by the same transport after the time that the server set',
    (status) => {
      const rig = new Rig().start();
      rig.last.onClose(refused(status, 7000));
      expect(rig.state.status).toBe('waiting');
      rig.clock.advance(6999);
      expect(rig.attempts).toHaveLength(1);
      rig.clock.advance(1);
      expect(rig.attempts.map(({ transport }) => transport)).toEqual(['a', 'a']);
    },
  );

  it('that breaks is followed by the next transport after the back-off', () => {
    const rig = new Rig().start();
    rig.last.onClose(broken());
    expect(rig.news()).toEqual(['a connecting', 'b waiting', 'a: network']);
    rig.clock.advance(500);
    expect(rig.last.transport).toBe('b');
  });

  it('whose WebSocket handshake fails gives way to the next transport at once', () => {
    const rig = new Rig().start();
    rig.last.onClose(new PushwireError('network', { closeCode: 1006 }));
    expect(rig.last.transport).toBe('b');
  });

  it('gets more time with each failed round', () => {
    const rig = new Rig({ order: ['a'] }).start();
    rig.random = 0;
    for (const ms of [5000, 10_000, 20_000, 30_000, 30_000]) {
      const { length } = rig.attempts;
      rig.clock.advance(ms - 1);
      expect(rig.attempts).toHaveLength(length);
      rig.clock.advance(1);
      expect(rig.attempts).toHaveLength(length + 1);
    }
  });

  it('is made once for each transport before the next wait', () => {
    const rig = new Rig().start();
    for (let n = 0; n < 3; n++) rig.last.onClose(refused(400));
    expect(rig.attempts).toHaveLength(3);
    expect(rig.state.status).toBe('waiting');
    rig.clock.advance(500);
    expect(rig.last.transport).toBe('a');
  });
});

describe('the back-off', () => {
  it.each([0.25, 0.999])('is a random time up to a bound that doubles, at random %d', (random) => {
    const rig = new Rig({ order: ['a'] }).start();
    rig.random = random;
    for (const bound of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
      const { length } = rig.attempts;
      rig.last.onClose(broken());
      rig.clock.advance(random * bound - 1);
      expect(rig.attempts).toHaveLength(length);
      rig.clock.advance(1);
      expect(rig.attempts).toHaveLength(length + 1);
    }
  });

  it('starts over after an open connection, from the base that the server set', () => {
    const rig = new Rig({ order: ['a'] }).start();
    for (let n = 0; n < 5; n++) {
      rig.last.onClose(broken());
      rig.clock.advance(30_000);
    }
    rig.last.onFrame(opening('e.1', { retry: 3000 }));
    rig.clock.advance(20_000);
    rig.last.onClose(broken());
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
    rig.last.onFrame(opening('e.0'));
    rig.news();
    return rig;
  };

  it('delivers messages and gaps, each once', () => {
    const rig = opened();
    const gap = { event: 'pushwire:gap', id: 'e.5', data: { reason: 'evicted', cursor: 'e.5' } };
    for (const frame of [{ id: 'e.1', data: 1 }, gap, { id: 'e.6', data: 2 }, { id: 'e.6', data: 2 }, { data: 3 }]) {
      rig.last.onFrame(frame);
    }
    expect(rig.frames).toEqual([{ id: 'e.1', data: 1 }, gap, { id: 'e.6', data: 2 }, { data: 3 }]);
    expect(rig.state.cursor).toBe('e.6');
  });

  it('without a log delivers repeated ids', () => {
    const rig = new Rig().start();
    rig.last.onFrame(opening());
    for (let n = 0; n < 2; n++) rig.last.onFrame({ id: '1', data: n });
    expect(rig.frames).toHaveLength(2);
  });

  it('that breaks is no error, and reconnects by the same transport', () => {
    const rig = opened();
    rig.clock.advance(20_000);
    rig.last.onClose(broken());
    expect(rig.news()).toEqual(['a waiting']);
    rig.clock.advance(500);
    expect([rig.last.transport, rig.last.cursor]).toEqual(['a', 'e.0']);
  });

  it('that drops early three times in a row moves on to the next transport, and remembers it', () => {
    const rig = opened();
    for (let n = 0; n < 3; n++) {
      rig.last.onFrame(opening('e.0'));
      rig.clock.advance(2000);
      rig.last.onClose(broken());
      rig.clock.advance(5000);
    }
    expect(rig.last.transport).toBe('b');
    expect(Object.keys(rig.remembered)).toEqual(['a']);
  });

  it('is given up after two heartbeats of silence', () => {
    const rig = opened();
    rig.clock.advance(29_999);
    rig.last.onFrame();
    rig.clock.advance(29_999);
    expect(rig.state.status).toBe('open');
    rig.clock.advance(1);
    expect(rig.news()).toEqual(['a waiting', 'a: silent']);
    expect(rig.open).toEqual([]);
  });

  it('ends when the server says so, and ignores what comes later', () => {
    for (const end of [
      (rig: Rig) => rig.last.onFrame({ event: 'pushwire:end', id: 'e.9', data: {} }),
      (rig: Rig) => rig.last.onClose(refused(204)),
      (rig: Rig) => rig.last.onClose(new PushwireError('network', { closeCode: 1000 })),
      (rig: Rig) => rig.dispatch('close'),
    ]) {
      const rig = opened();
      end(rig);
      expect(rig.news()).toEqual(['a ended']);
      expect([rig.clock.pending, rig.open]).toEqual([0, []]);
      rig.dispatch('visibility');
      rig.last.onFrame({ id: 'e.10', data: 0 });
      expect([rig.frames, rig.news()]).toEqual([[], []]);
    }
  });

  it('fails when the app closes the WebSocket, or a message is too large', () => {
    for (const code of ['closed', 'too-large'] as const) {
      const rig = opened();
      rig.last.onClose(new PushwireError(code));
      expect(rig.news()).toEqual(['a failed', `a: ${code}`]);
    }
  });

  it('that the server postpones reconnects at that time, even if the page is shown before', () => {
    const rig = opened();
    rig.last.onFrame({ event: 'pushwire:retry', data: { reason: 'draining', retry: 4000 } });
    expect([rig.state.status, rig.open]).toEqual(['waiting', []]);
    rig.dispatch('visibility');
    rig.clock.advance(3999);
    expect(rig.attempts).toHaveLength(1);
    rig.clock.advance(1);
    expect(rig.last.transport).toBe('a');
  });

  it('reports that the source failed, and stays open', () => {
    const rig = opened();
    rig.last.onFrame({ event: 'pushwire:error', data: { code: 'source-failed' } });
    expect(rig.news()).toEqual(['a: source-failed']);
    expect(rig.state.status).toBe('open');
  });
});

describe('a better transport', () => {
  /** A rig that fell back from `a` to `b`. */
  const fallen = () => {
    const rig = new Rig().start();
    rig.clock.advance(5000);
    rig.last.onFrame(opening('e.3'));
    rig.news();
    return rig;
  };

  it('is avoided for a while, by later connections too', () => {
    const { remembered } = fallen();
    expect(remembered).toEqual({ a: 1_000_000 + 5000 + 60_000 });
    expect(new Rig({}, remembered).start().last.transport).toBe('b');
    const later = new Rig({}, remembered);
    later.clock.advance(65_000);
    expect(later.start().last.transport).toBe('a');
  });

  it('is tried beside the one in use, and takes over with its first frame, from the cursor of the client', () => {
    const rig = fallen();
    const [, inUse] = rig.attempts;
    for (let n = 0; n < 4; n++) {
      rig.clock.advance(14_999);
      inUse?.onFrame();
    }
    expect(rig.attempts).toHaveLength(2);
    rig.clock.advance(4);
    const trial = rig.last;
    expect([trial.transport, trial.cursor, inUse?.isOpen]).toEqual(['a', 'e.3', true]);
    inUse?.onFrame({ id: 'e.4', data: 4 });
    expect(rig.news()).toEqual([]);
    trial.onFrame(opening('e.3'));
    trial.onFrame({ id: 'e.4', data: 4 });
    expect(rig.remembered.a).toBe(rig.clock.now());
    expect(rig.open).toEqual([rig.last]);
    expect([rig.last.transport, rig.last.cursor]).toEqual(['a', 'e.4']);
    rig.last.onFrame(opening('e.4'));
    rig.last.onFrame({ id: 'e.5', data: 5 });
    expect(rig.frames.map(({ id }) => id)).toEqual(['e.4', 'e.5']);
    expect(rig.news()).toEqual(['a connecting', 'a open']);
  });

  it.each([
    ['closes', (rig: Rig) => rig.last.onClose(broken())],
    ['times out', (rig: Rig) => rig.clock.advance(5000)],
    ['is postponed by the server', (rig: Rig) => rig.last.onFrame({ event: 'pushwire:retry', data: { retry: 1000 } })],
  ])(
    'that %s on trial is tried again after the same time and then after twice that, without effect on the one in use',
    (_, fail) => {
      const rig = fallen();
      const [, inUse] = rig.attempts;
      const wait = (ms: number) => {
        for (let waited = 0; waited < ms; waited += 10_000) {
          rig.clock.advance(10_000);
          inUse?.onFrame();
        }
      };
      wait(60_000);
      expect(rig.attempts).toHaveLength(3);
      fail(rig);
      expect([rig.open, rig.news()]).toEqual([[inUse], []]);
      wait(60_000);
      expect(rig.attempts).toHaveLength(4);
      fail(rig);
      wait(110_000);
      expect(rig.attempts).toHaveLength(4);
      wait(20_000);
      expect(rig.attempts).toHaveLength(5);
    },
  );

  it('that is not avoided is tried soon', () => {
    const rig = new Rig().start();
    rig.last.onClose(broken());
    rig.clock.advance(500);
    rig.last.onFrame(opening('e.1'));
    rig.clock.advance(60_000 / 16);
    expect(rig.last.transport).toBe('a');
  });
});

describe('a change of the page', () => {
  const opened = () => {
    const rig = new Rig().start();
    rig.last.onFrame(opening('e.1'));
    rig.news();
    return rig;
  };

  it('reconnects at once when the network is back', () => {
    const rig = opened();
    rig.dispatch('offline');
    expect(rig.open).toHaveLength(1);
    rig.dispatch('resume');
    expect(rig.attempts.map(({ isOpen }) => isOpen)).toEqual([false, true]);
    rig.dispatch('resume');
    expect(rig.attempts).toHaveLength(2);
  });

  it('closes all while the page is frozen, and reconnects with the cursor', () => {
    const rig = opened();
    rig.dispatch('freeze');
    expect([rig.state.status, rig.open, rig.clock.pending]).toEqual(['waiting', [], 0]);
    rig.dispatch('resume');
    expect([rig.last.isOpen, rig.last.cursor]).toEqual([true, 'e.1']);
  });

  it('does not reconnect when a frozen page is hidden', () => {
    const rig = opened();
    rig.dispatch('freeze');
    rig.dispatch('visibility');
    expect(rig.open).toEqual([]);
  });

  it('ends a wait when the page is shown', () => {
    const rig = new Rig().start();
    for (let n = 0; n < 6; n++) {
      rig.last.onClose(broken());
      if (n < 5) rig.clock.advance(30_000);
    }
    const { length } = rig.attempts;
    rig.dispatch('visibility');
    expect(rig.attempts).toHaveLength(length + 1);
  });

  it('notices that the machine has slept when the page is shown', () => {
    const rig = opened();
    const timers = jest.spyOn(rig.clock, 'now').mockReturnValue(1_000_000 + 3_600_000);
    rig.dispatch('visibility');
    expect([rig.state.status, rig.open]).toEqual(['waiting', []]);
    timers.mockRestore();
  });
});
