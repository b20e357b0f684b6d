import { createContext, runInContext } from 'node:vm';
import { type CometTarget, openingScript } from '../../src/encoders/comet-opening';

/** Runs the opening script in a window of its own, in a page with some functions. */
function open(target: Partial<CometTarget>, { isTop = false, search = '?cursor=e.1&x=1' } = {}) {
  const called: unknown[] = [];
  const timers: [() => void, number][] = [];
  const replaced: string[] = [];
  const call = (value: unknown) => called.push(value);
  const page = { pushwire: call, eval: call, open: call, app: { onNews: call } };
  const stop = jest.fn();
  const script = { parentNode: { removeChild: () => {} } };
  const window: Record<string, unknown> = {
    document: { getElementsByTagName: () => [script] },
    location: { search, pathname: '//evil.example/x', replace: (url: string) => replaced.push(url) },
    setTimeout: (act: () => void, ms: number) => timers.push([act, ms]),
    open: () => {},
    stop,
  };
  window.window = window;
  window.parent = isTop ? window : page;
  const context = createContext(window);
  runInContext('window.eval = eval', context);
  runInContext(openingScript({ callback: 'pushwire', parameter: 'cursor', ...target }), context);
  return { call: (code: string) => runInContext(code, context), called, timers, replaced, stop, window };
}

describe('the first script of a comet document', () => {
  it.each(['pushwire', 'app.onNews'])('passes values to %s in the page', (callback) => {
    const { call, called, stop } = open({ callback });
    call('_("x","e.2");_(void 0,"e.3")');
    expect([called, stop.mock.calls.length]).toEqual([['x'], 0]);
  });

  it.each(['eval', 'open', 'constructor', '__proto__'])('never calls %s for a request', (callback) => {
    const { call, called, stop } = open({ callback, isRequested: true });
    call('_("hacked = 1","e.2",0)');
    expect([called, stop.mock.calls.length]).toEqual([[], 1]);
  });

  it.each(['eval', 'pushwire'])('runs nothing with the callback %s as a page of its own', (callback) => {
    const { call, timers, stop, window } = open({ callback }, { isTop: true });
    call('_("window.hacked = 1","e.2",0)');
    expect([window.hacked, timers.length, stop.mock.calls.length]).toEqual([undefined, 0, 1]);
  });

  it.each([
    [0, 100],
    [99, 100],
    [3000, 3000],
  ])('reloads itself once, %d ms after it is asked to, and not sooner than after %d ms', (asked, waits) => {
    const { call, timers } = open({});
    call(`_(void 0,0,${asked});_(void 0,0,${asked})`);
    expect(timers.map(([, ms]) => ms)).toEqual([waits]);
  });

  it('reloads itself by its query alone, which cannot lead to another origin', () => {
    const { call, timers, replaced } = open({});
    call('_(void 0,"e.2");_(void 0,0,0)');
    timers[0]?.[0]();
    expect(replaced).toEqual(['?x=1&cursor=e.2']);
    expect(new URL(replaced[0] as string, 'https://www.example.com//evil.example/x').href).toBe(
      'https://www.example.com//evil.example/x?x=1&cursor=e.2',
    );
  });
});
