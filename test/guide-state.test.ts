import { readFileSync } from 'node:fs';

// The page without a library in the guide, with an EventSource that the test feeds.

const guide = readFileSync('docs/guides/state-and-presence.md', 'utf8');
const code = /```js\n(let seats = .*?)```/s.exec(guide)?.[1];

type Listener = (event: { data: string; lastEventId: string }) => void;

function openPage() {
  const listeners = new Map<string, Listener>();
  class EventSource {
    addEventListener(name: string, listener: Listener) {
      listeners.set(name, listener);
    }
  }
  const seats = new Function('EventSource', `${code}; return () => seats`)(EventSource) as () => Map<string, unknown>;
  let lastEventId = '';
  /** @param id that of the event, which counts for those after it. */
  const hear = (name: string, data: object, id = lastEventId) => {
    lastEventId = id;
    listeners.get(name)?.({ data: JSON.stringify(data), lastEventId });
  };
  return {
    seats: () => Object.fromEntries(seats()),
    open: (cursor: string) => hear('pushwire:open', { cursor }, cursor),
    gap: () => hear('pushwire:gap', {}),
    row: (key: string, data: number, id = '') => hear('message', { key, data }, id),
    gone: (key: string, id: string) => hear('message', { key, deleted: true }, id),
    snapshot: (cursor: string) => hear('pushwire:snapshot', { cursor }, cursor),
  };
}

describe('a page that reads a state by an EventSource', () => {
  const whole = () => {
    const page = openPage();
    page.open('start');
    page.row('a', 1);
    page.row('b', 2);
    page.snapshot('e.2');
    return page;
  };

  it('has all values when the snapshot is complete, and then what changes', () => {
    const page = openPage();
    page.open('start');
    page.row('a', 1);
    expect(page.seats()).toEqual({});
    page.open('start');
    page.row('b', 2);
    page.snapshot('e.2');
    page.row('c', 3, 'e.3');
    page.gone('b', 'e.4');
    expect(page.seats()).toEqual({ c: 3 });
  });

  it('goes on with what it has where it reconnects', () => {
    const page = whole();
    page.open('e.2');
    page.row('c', 3, 'e.3');
    expect(page.seats()).toEqual({ a: 1, b: 2, c: 3 });
  });

  it('forgets after a gap what the snapshot lacks, also where that is cut', () => {
    const page = whole();
    page.open('e.2');
    page.gap();
    page.row('a', 4);
    expect(page.seats()).toEqual({ a: 1, b: 2 });
    page.open('start');
    page.row('a', 5);
    page.snapshot('e.9');
    expect(page.seats()).toEqual({ a: 5 });
    page.row('b', 6, 'e.10');
    expect(page.seats()).toEqual({ a: 5, b: 6 });
  });

  it('has nothing where the snapshot after a gap is cut, and the state is empty then', () => {
    const page = whole();
    page.open('e.2');
    page.gap();
    page.row('a', 4);
    page.open('f.0');
    expect(page.seats()).toEqual({});
    page.row('c', 1, 'f.1');
    expect(page.seats()).toEqual({ c: 1 });
  });
});
