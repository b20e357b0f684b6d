import { PushwireError } from '../../src/wire/error';
import { broken, opening, Rig, refused } from '../kit/rig';

// A source without a log runs again, from its start, for each request.

const started = (idempotent: boolean, cursor?: string) => {
  const rig = new Rig({ idempotent }, {}, cursor).start();
  rig.last.onFrame(opening());
  rig.last.onFrame({ data: 'Once upon' });
  rig.news();
  return rig;
};
/** Lets the back-off pass. */
const later = (rig: Rig) => rig.clock.advance(2000);

const cuts: [string, (rig: Rig) => void][] = [
  ['breaks', (rig) => rig.last.onClose(broken())],
  ['falls silent', (rig) => rig.clock.advance(30_000)],
  ['is ended by a server that drains', (rig) => rig.last.onFrame({ event: 'pushwire:retry', data: { retry: 500 } })],
  [
    'fails on the server',
    (rig) => {
      rig.last.onFrame({ event: 'pushwire:error', data: { code: 'source-failed' } });
      rig.last.onClose(broken());
    },
  ],
  [
    'is frozen with the page',
    (rig) => {
      rig.dispatch('freeze');
      rig.dispatch('resume');
    },
  ],
];

describe.each(cuts)('a one-off stream that %s', (_, cut) => {
  it('is not requested again by POST: the connection fails with an error', () => {
    const rig = started(false);
    cut(rig);
    expect([rig.state.status, rig.errors.at(-1)?.code]).toEqual(['failed', 'interrupted']);
    later(rig);
    expect(rig.attempts).toHaveLength(1);
    expect([rig.open, rig.clock.pending]).toEqual([[], 0]);
  });

  it('begins again if the request is idempotent, and tells the app before', () => {
    const rig = started(true);
    cut(rig);
    later(rig);
    expect(rig.attempts.length).toBeGreaterThan(1);
    expect(rig.errors.at(-1)?.code).toBe('interrupted');
    expect(rig.state.status).toBe('connecting');
    const { length } = rig.errors;
    rig.last.onFrame(opening());
    expect([rig.state.status, rig.errors.length]).toEqual(['open', length]);
  });

  it('resumes without an error if it has ids of its own and the request is idempotent', () => {
    const rig = started(true);
    rig.last.onFrame({ id: '5', data: 'a time' });
    cut(rig);
    later(rig);
    expect(rig.attempts[1]?.cursor).toBe('5');
    expect(rig.errors.map(({ code }) => code)).not.toContain('interrupted');
  });
});

describe('a request that is not idempotent', () => {
  it.each<[string, (rig: Rig) => void]>([
    ['broke', (rig) => rig.last.onClose(broken())],
    ['brought nothing in time', (rig) => rig.clock.advance(5000)],
    ['was answered with 502', (rig) => rig.last.onClose(refused(502))],
    ['was answered by another page', (rig) => rig.last.onClose(new PushwireError('wrong-type', { status: 200 }))],
  ])('is not made again after it %s, since the server may have got it', (_, fail) => {
    const rig = new Rig({ idempotent: false }).start();
    fail(rig);
    later(rig);
    expect([rig.attempts.length, rig.state.status]).toEqual([1, 'failed']);
  });

  it.each<[string, (rig: Rig) => void]>([
    ['was put off with 503', (rig) => rig.last.onClose(refused(503, 1000))],
    ['was put off by an event', (rig) => rig.last.onFrame({ event: 'pushwire:retry', data: { retry: 1000 } })],
  ])('is made again after it %s', (_, fail) => {
    const rig = new Rig({ idempotent: false }).start();
    fail(rig);
    later(rig);
    expect([rig.attempts.length > 1, rig.state.status]).toEqual([true, 'connecting']);
  });

  it('resumes a log by its cursor all the same', () => {
    const rig = new Rig({ idempotent: false }).start();
    rig.last.onFrame(opening('e.1'));
    rig.clock.advance(20_000);
    rig.last.onClose(broken());
    later(rig);
    expect([rig.attempts[1]?.cursor, rig.errors]).toEqual(['e.1', []]);
  });
});

it('a one-off stream stays as it is when the network is said to be back', () => {
  const rig = started(true);
  rig.dispatch('offline');
  rig.dispatch('resume');
  expect([rig.attempts.length, rig.state.status]).toEqual([1, 'open']);
});

it('a one-off stream on a fallback is not run a second time for a trial', () => {
  const rig = new Rig().start();
  rig.clock.advance(5000);
  rig.last.onFrame(opening());
  for (let n = 0; n < 20; n++) {
    rig.clock.advance(15_000);
    rig.last.onFrame();
  }
  expect(rig.attempts).toHaveLength(2);
});
