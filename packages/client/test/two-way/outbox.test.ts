import { Outbox } from '../../src/two-way/outbox';
import { FakeClock } from '../kit/fake-clock';

const settled = () => new Promise((resolve) => setImmediate(resolve));

function make(limits = {}) {
  const clock = new FakeClock();
  const sent: unknown[] = [];
  const confirm: (() => void)[] = [];
  const state = { isOpen: false, confirms: true };
  const outbox = new Outbox(
    { messages: 5, characters: 20, maxAge: 1000, ...limits },
    {
      clock,
      isOpen: () => state.isOpen,
      send(data) {
        sent.push(data);
        return state.confirms ? Promise.resolve() : new Promise((resolve) => confirm.push(resolve));
      },
    },
  );
  const open = () => {
    state.isOpen = true;
    outbox.flush();
  };
  return { clock, outbox, sent, confirm, state, open };
}

const codeOf = (sending: Promise<unknown>) =>
  sending.then(
    () => 'sent',
    (error) => error.code ?? error.message,
  );

describe('an outbox', () => {
  it('sends at once while the connection is open', async () => {
    const { outbox, sent, open } = make();
    open();
    await outbox.send('a');
    expect(sent).toEqual(['a']);
  });

  it('keeps the order of what waited and what is sent meanwhile', async () => {
    const { outbox, sent, state, open, confirm } = make({ messages: 100 });
    state.confirms = false;
    const numbers = Array.from({ length: 20 }, (_, i) => `${i}`.slice(0, 1));
    const sending = numbers.map((data) => outbox.send(data));
    open();
    // No more than 16 are under way before the server confirms some.
    expect(sent).toHaveLength(16);
    const last = outbox.send('z');
    expect(sent).toHaveLength(16);
    while (confirm.length > 0) {
      confirm.shift()?.();
      await settled();
    }
    await Promise.all([...sending, last]);
    expect(sent).toEqual([...numbers, 'z']);
  });

  it('sends the rest when the connection opens again', async () => {
    const { outbox, sent, state, open, confirm } = make({ messages: 100 });
    state.confirms = false;
    const sending = Array.from({ length: 17 }, () => outbox.send('a'));
    open();
    state.isOpen = false;
    for (const settle of confirm.splice(0)) settle();
    await settled();
    expect(sent).toHaveLength(16);
    open();
    expect(sent).toHaveLength(17);
    for (const settle of confirm) settle();
    await Promise.all(sending);
  });

  it('has room for a number of messages and of characters, which leave again', async () => {
    const { outbox, sent, open } = make();
    const first = outbox.send('x'.repeat(15));
    expect(await codeOf(outbox.send(new Uint8Array(6)))).toBe('outbox-full');
    const others = [1, 2, 3, 4].map((n) => outbox.send(`${n}`));
    expect(await codeOf(outbox.send(''))).toBe('outbox-full');
    open();
    await Promise.all([first, ...others]);
    expect(sent).toEqual(['x'.repeat(15), '1', '2', '3', '4']);
    await outbox.send('x'.repeat(21));
    expect(sent).toHaveLength(6);
  });

  it('gives up what has waited too long', async () => {
    const { outbox, sent, clock, open } = make();
    const first = codeOf(outbox.send('a'));
    clock.advance(999);
    const second = codeOf(outbox.send('b'));
    clock.advance(1);
    expect(await first).toBe('timeout');
    open();
    expect([await second, sent]).toEqual(['sent', ['b']]);
    clock.advance(10_000);
  });

  it('takes back what nobody waits for any more', async () => {
    const { outbox, sent, open } = make();
    const ending = new AbortController();
    const taken = codeOf(outbox.send('a', ending.signal));
    const other = outbox.send('b');
    ending.abort(new Error('enough'));
    expect(await taken).toBe('enough');
    open();
    await other;
    expect(sent).toEqual(['b']);
  });

  it('rejects everything once the connection is closed', async () => {
    const { outbox, sent } = make();
    const waiting = [outbox.send('a'), outbox.send('b')].map(codeOf);
    outbox.close();
    expect(await Promise.all(waiting)).toEqual(['not-open', 'not-open']);
    expect(sent).toEqual([]);
  });
});
