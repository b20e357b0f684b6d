import { FakeClock } from '@pushwire/core/testing';
import { backoff } from '../../src/connection/back-off';
import { Lifeline } from '../../src/connection/reconnecting';
import { fakeLinks } from '../kit/fake-connections';

function setUp() {
  const clock = new FakeClock();
  const maker = fakeLinks();
  const listener = { up: jest.fn(), down: jest.fn(), announced: jest.fn() };
  const lifeline = new Lifeline(maker, clock, listener, 10_000, () => 1);
  return { clock, lifeline, links: maker.links, listener };
}

describe('the time before the next attempt', () => {
  it.each([
    [0, 1, 50],
    [0, 0, 0],
    [3, 1, 400],
    [3, 0.5, 200],
    [20, 1, 5000],
    [20, 0.1, 500],
  ])('after %i failures and with the chance %d is %i ms', (failures, chance, ms) => {
    expect(backoff(failures, chance)).toBe(ms);
  });
});

describe('a lifeline', () => {
  it('has a link while that is up', () => {
    const { lifeline, links, listener } = setUp();
    expect(lifeline.link).toBeUndefined();
    links[0]?.listener.up();
    expect([lifeline.link, listener.up.mock.calls.length]).toEqual([links[0], 1]);
    links[0]?.listener.announced('c', 'text');
    expect(listener.announced).toHaveBeenCalledWith('c', 'text');
  });

  it('makes another when one is down, later each time until one has been up for a while', () => {
    const { clock, lifeline, links, listener } = setUp();
    for (const [i, wait] of [50, 100, 200].entries()) {
      links[i]?.listener.down(new Error('away'));
      expect([lifeline.link, links[i]?.destroyed]).toEqual([undefined, true]);
      clock.advance(wait - 1);
      expect(links).toHaveLength(i + 1);
      clock.advance(1);
      expect(links).toHaveLength(i + 2);
    }
    links[3]?.listener.up();
    clock.advance(999);
    links[3]?.listener.down(new Error('demoted'));
    clock.advance(399);
    expect(links).toHaveLength(4);
    clock.advance(1);
    expect(links).toHaveLength(5);
    links[4]?.listener.up();
    clock.advance(600);
    // Of another server behind it.
    links[4]?.listener.up();
    clock.advance(400);
    links[4]?.listener.down(new Error('away'));
    clock.advance(50);
    expect([links.length, listener.down.mock.calls.length]).toEqual([6, 5]);
  });

  it('does not listen to a link that it has given up', () => {
    const { clock, lifeline, links, listener } = setUp();
    links[0]?.listener.up();
    lifeline.replace(new Error('deaf'));
    links[0]?.listener.announced('c', 'late');
    links[0]?.listener.down(new Error('again'));
    links[0]?.listener.up();
    expect([listener.announced.mock.calls, listener.down.mock.calls.length, lifeline.link]).toEqual([[], 1, undefined]);
    clock.advance(50);
    expect(links).toHaveLength(2);
  });

  it('does not wait for ever for a link that comes to nothing', () => {
    const { clock, links, listener } = setUp();
    clock.advance(9999);
    expect(links[0]?.destroyed).toBe(false);
    clock.advance(1);
    expect([links[0]?.destroyed, listener.down.mock.calls.length]).toEqual([true, 1]);
    clock.advance(50);
    expect(links).toHaveLength(2);
    links[1]?.listener.up();
    clock.advance(60_000);
    expect([links[1]?.destroyed, links.length]).toEqual([false, 2]);
  });

  it('that is closed makes none', () => {
    const { clock, lifeline, links } = setUp();
    links[0]?.listener.down(new Error('away'));
    lifeline.close();
    clock.advance(60_000);
    expect(links).toHaveLength(1);
    const other = setUp();
    other.lifeline.close();
    expect(other.links[0]?.destroyed).toBe(true);
  });
});
