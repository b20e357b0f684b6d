import { PushwireError } from '../../src/wire/error';
import { broken, opening, Rig, refused } from '../kit/rig';

// Where one transport alone gets through, an outage must not make the client leave it.

/** The attempt ends as it would in an outage: a WebSocket (`b`) hides why its handshake failed. */
const outage = (rig: Rig) =>
  rig.last.onClose(rig.last.transport === 'b' ? new PushwireError('network', { closeCode: 1006 }) : broken());

/** The network where only `b` works: streams are held back, and polls are refused. */
const onlyB = (rig: Rig) => {
  const { transport } = rig.last;
  if (rig.state.status === 'waiting') rig.clock.advance(500);
  else if (transport === 'b') rig.last.onFrame(opening('e.1'));
  else if (transport === 'a') {
    for (const { length } = rig.attempts; rig.attempts.length === length && rig.state.status === 'connecting'; )
      rig.clock.advance(500);
  } else rig.last.onClose(refused(406));
};

it.each([2, 10, 60, 300])('after an outage of %i s, the only transport that works opens by the second attempt', (s) => {
  const rig = new Rig().start();
  for (let turn = 0; rig.state.status !== 'open' && turn < 200; turn++) onlyB(rig);
  rig.clock.advance(20_000);
  rig.last.onClose(broken());
  for (const end = rig.clock.now() + s * 1000; rig.clock.now() < end; ) {
    if (rig.state.status !== 'waiting') outage(rig);
    rig.clock.advance(500);
  }
  const { length } = rig.attempts;
  for (let turn = 0; rig.state.status !== 'open' && turn < 200; turn++) onlyB(rig);
  // The attempt that was under way, and two more.
  expect([rig.state.status, rig.last.transport]).toEqual(['open', 'b']);
  expect(rig.attempts.length - length).toBeLessThanOrEqual(3);
  // Another page, or a reloaded one, must not avoid it either.
  expect(rig.remembered).not.toHaveProperty('b');
});

it('every other transport gets its turn beside the one that was open last', () => {
  const rig = new Rig({ order: ['a', 'b', 'c', 'd'] }).start();
  rig.last.onFrame(opening('e.1'));
  rig.clock.advance(20_000);
  rig.last.onClose(broken());
  const tried: string[] = [];
  while (tried.length < 9) {
    while (rig.state.status === 'waiting') rig.clock.advance(100);
    tried.push(rig.last.transport);
    rig.last.onClose(broken());
  }
  expect(tried.join('')).toBe('abacadaba');
});

it('a transport that keeps dropping early is left, even if it was open last', () => {
  const rig = new Rig().start();
  for (let n = 0; n < 3; n++) {
    rig.last.onFrame(opening('e.1'));
    rig.last.onClose(broken());
    rig.clock.advance(4000);
  }
  expect([rig.last.transport, Object.keys(rig.remembered)]).toEqual(['b', ['a']]);
});

it.each([401, 403, 404, 410, 500, 502])('a %i that the app expects is waited out, by the same transport', (status) => {
  const rig = new Rig({ retryOn: [status] }).start();
  rig.last.onFrame(opening('e.1'));
  rig.clock.advance(20_000);
  rig.last.onClose(broken());
  rig.clock.advance(1000);
  for (let n = 0; n < 3; n++) {
    rig.last.onClose(refused(status));
    expect(rig.state.status).toBe('waiting');
    rig.clock.advance(4500);
  }
  rig.last.onFrame(opening('e.1'));
  expect([rig.state.status, rig.remembered, new Set(rig.attempts.map(({ transport }) => transport)).size]).toEqual([
    'open',
    {},
    1,
  ]);
});

it('another page in the place of the server is left for the next transport, and tried again', () => {
  const rig = new Rig().start();
  const page = () => new PushwireError('wrong-type', { status: 200, contentType: 'text/html' });
  for (let n = 0; n < 3; n++) rig.last.onClose(page());
  expect([rig.attempts.length, rig.state.status]).toEqual([3, 'waiting']);
  expect(rig.errors.map(({ code, contentType }) => [code, contentType])).toEqual(
    Array.from({ length: 3 }, () => ['wrong-type', 'text/html']),
  );
  rig.clock.advance(1000);
  rig.last.onFrame(opening('e.1'));
  expect(rig.state.status).toBe('open');
});
