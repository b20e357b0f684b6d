import { KeyedConnections } from '../../src/clients/keyed-connections';
import type { PublicConnection } from '../../src/delivery/public-connection';
import { FakeClock } from '../../src/testing/fake-clock';

/** A connection that only notes why it was closed. */
function open(id: string): PublicConnection {
  const connection = {
    id,
    reason: undefined as string | undefined,
    close(reason: string) {
      connection.reason ??= reason;
    },
  };
  return connection as unknown as PublicConnection;
}

describe('the connections of a client', () => {
  let clock: FakeClock;
  let keyed: KeyedConnections;
  beforeEach(() => {
    clock = new FakeClock();
    keyed = new KeyedConnections(clock);
  });

  it('are found by its key, and each is found once', () => {
    const [a, b] = [open('a'), open('b')];
    keyed.add('anna', a);
    expect(keyed.of('anna')).toEqual([a]);
    keyed.add('anna', b);
    keyed.add('anna', a);
    expect(keyed.of('anna')).toEqual([a, b]);
    expect(keyed.of('anna', 'a')).toEqual([b]);
    expect(keyed.of('bert')).toEqual([]);
    keyed.remove('anna', a);
    keyed.remove('bert', b);
    expect(keyed.of('anna')).toEqual([b]);
    keyed.remove('anna', b);
    expect(keyed.of('anna')).toEqual([]);
  });

  it('are closed, except for one', () => {
    const [a, b, c] = [open('a'), open('b'), open('c')];
    keyed.add('anna', a);
    keyed.add('anna', b);
    keyed.add('bert', c);
    expect(keyed.disconnect('anna', 'forbidden', 'b')).toEqual([a]);
    expect([a.reason, b.reason, c.reason]).toEqual(['forbidden', undefined, undefined]);
    expect(keyed.of('anna')).toEqual([b]);
  });

  it('are closed when their requests were under way, and not when they have come back', () => {
    const [early, late] = [open('a'), open('b')];
    keyed.disconnect('anna', 'forbidden');
    clock.advance(100);
    keyed.add('anna', early);
    expect(early.reason).toBeUndefined();
    clock.advance(300);
    expect(early.reason).toBe('forbidden');
    keyed.add('anna', late);
    clock.advance(1000);
    expect(late.reason).toBeUndefined();
  });

  it('are closed when they are named after they were opened, however late', () => {
    const [before, after] = [open('a'), open('b')];
    const opened = clock.now();
    clock.advance(10);
    keyed.disconnect('anna', 'ended');
    clock.advance(20_000);
    keyed.add('anna', before, opened);
    keyed.add('anna', after, opened + 11);
    clock.advance(0);
    expect([before.reason, after.reason]).toEqual(['ended', undefined]);
  });

  it('are not remembered without end', () => {
    const opened = clock.now();
    for (let i = 0; i <= 1000; i++) keyed.disconnect(`user ${i}`, 'forbidden');
    const [first, second] = [open('a'), open('b')];
    keyed.add('user 0', first, opened);
    keyed.add('user 1', second, opened);
    clock.advance(0);
    expect([first.reason, second.reason]).toEqual([undefined, 'forbidden']);
  });
});
