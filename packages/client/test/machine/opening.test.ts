import { opening, Rig } from '../kit/rig';

// A first frame proves that the server answered the request as it was asked.

describe('the first frame', () => {
  it.each([
    ['a message without an event', { data: 1 }],
    ['the data of a plain stream, taken for a frame', { id: 'e.1', cursor: 'e.1', heartbeat: 15_000 } as never],
    ['a message with an event', { event: 'tick', data: 1 }],
  ])('that is %s closes the attempt as bad-data, and is not passed on', (_, frame) => {
    const rig = new Rig().start();
    rig.last.onFrame(frame);
    expect(rig.news()).toEqual(['a connecting', 'b connecting', 'a: bad-data']);
    expect([rig.frames, rig.last.transport]).toEqual([[], 'b']);
  });

  it('on trial that is none of the protocol’s own leaves the transport in use', () => {
    const rig = new Rig().start();
    rig.clock.advance(5000);
    rig.last.onFrame(opening('e.1'));
    const inUse = rig.last;
    for (let n = 0; n < 4; n++) {
      rig.clock.advance(15_000);
      inUse.onFrame();
    }
    expect(rig.last.transport).toBe('a');
    rig.last.onFrame({ data: 1 });
    expect([rig.open, rig.state.status]).toEqual([[inUse], 'open']);
  });
});

describe('an opening', () => {
  const opened = (cursor: string | undefined, frame: ReturnType<typeof opening>) => {
    const rig = new Rig({}, {}, cursor).start();
    rig.last.onFrame(frame);
    return rig;
  };
  const gaps = ({ frames }: Rig) => frames.map(({ data }) => data);

  it.each<[string, string | undefined, ReturnType<typeof opening>]>([
    ['at the cursor of the client', 'e.7', opening('e.7')],
    ['that names the cursor of the client', '0', opening('e.3', { from: '0' })],
    ['that names it without its round', 'e.7!k3', opening('e.7', { from: 'e.7' })],
    ['of another set of channels, that names it', 'e.7', opening('abcdef.e.7~ghijkl.f.2', { from: 'e.7' })],
    ['for a client without a cursor', undefined, opening('e.9')],
  ])('%s is no gap', (_, cursor, frame) => {
    expect(gaps(opened(cursor, frame))).toEqual([]);
  });

  it.each<[string, ReturnType<typeof opening>]>([
    ['without the cursor', opening('e.9')],
    ['from another cursor', opening('e.9', { from: 'e.1' })],
    ['from a longer cursor', opening('e.9', { from: 'e.77' })],
    ['from a shorter cursor', opening('e.9', { from: 'e' })],
  ])('%s is told as a gap before the first message', (_, frame) => {
    const rig = opened('e.7', frame);
    rig.last.onFrame({ id: 'e.10', data: 10 });
    expect(gaps(rig)).toEqual([{ reason: 'unseen', cursor: 'e.9' }, 10]);
    expect(rig.state.cursor).toBe('e.10');
  });

  it('is told as a gap each time, and never where nothing was published meanwhile', () => {
    const rig = opened(undefined, opening('e.1'));
    for (const [id, count] of [
      ['e.1', 0],
      ['e.4', 1],
      ['e.4', 1],
      ['e.5', 2],
    ] as const) {
      rig.clock.advance(20_000);
      rig.last.onClose(rig.errors[0] ?? ({ code: 'network' } as never));
      rig.clock.advance(1000);
      rig.last.onFrame(opening(id));
      expect(rig.frames).toHaveLength(count);
    }
  });
});

describe('a time from the wire', () => {
  it.each([
    ['text', 'soon'],
    ['an object', {}],
    ['null', null],
    ['negative', -5],
    ['NaN', Number.NaN],
  ])('that is %s is not taken', (_, value) => {
    const rig = new Rig().start();
    rig.last.onFrame(opening('e.1', { heartbeat: value, retry: value }));
    expect(rig.state).toMatchObject({ heartbeat: 15_000, retry: 1000 });
    rig.last.onFrame({ event: 'pushwire:retry', data: { retry: value } });
    expect(rig.state.status).toBe('waiting');
    const { length } = rig.attempts;
    rig.clock.advance(999);
    expect(rig.attempts).toHaveLength(length);
  });

  it('that exceeds a timer is waited for, not taken for none', () => {
    const rig = new Rig().start();
    rig.last.onFrame(opening('e.1'));
    rig.last.onFrame({ event: 'pushwire:retry', data: { retry: 3e9 } });
    rig.dispatch('visibility');
    rig.clock.advance(2 ** 31);
    expect(rig.attempts).toHaveLength(1);
  });
});
