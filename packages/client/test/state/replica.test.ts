import { Replica } from '../../src/state/replica';
import type { Frame } from '../../src/wire/frame';

// Any sequence of frames, and the values that a copy of the state has after each of its parts.

const open = (id: string, from?: string): Frame => ({ event: 'pushwire:open', id, data: { from, cursor: id } });
const gap = (id: string): Frame => ({ event: 'pushwire:gap', id, data: { reason: 'epoch', cursor: id } });
const snapshot = (id: string): Frame => ({ event: 'pushwire:snapshot', id, data: { cursor: id } });
/** The last frame of an answer to a poll. */
const answered = (id: string): Frame => ({ event: 'pushwire:heartbeat', id, data: {} });
const heartbeat: Frame = { event: 'pushwire:heartbeat', data: {} };
const value = (key: string, data: unknown, id = ''): Frame => ({ id, key, data });
const deleted = (key: string, id?: string): Frame => ({ ...(id && { id }), key, deleted: true });

/** What the values are after some frames; `undefined` before they are whole. */
type Step = [frames: readonly Frame[], values: object | undefined];

const begun: Step[] = [
  [[open('start'), value('a', 1), value('b', 2)], undefined],
  [[snapshot('e.2')], { a: 1, b: 2 }],
];

const tables: [string, Step[]][] = [
  ['a snapshot', begun],
  ['the snapshot of an empty state', [[[open('e.0')], {}]]],
  [
    'a snapshot whose heartbeats have no id',
    [
      [[open('start'), value('a', 1), heartbeat, value('b', 2), heartbeat], undefined],
      [[snapshot('e.2')], { a: 1, b: 2 }],
    ],
  ],
  [
    'changes and deletions after a snapshot',
    [
      ...begun,
      [[value('a', 3, 'e.3')], { a: 3, b: 2 }],
      [[value('c', null, 'e.4')], { a: 3, b: 2, c: null }],
      [[deleted('b', 'e.5'), deleted('never', 'e.6')], { a: 3, c: null }],
      [[deleted('a', 'e.7'), value('a', 0, 'e.8')], { a: 0, c: null }],
    ],
  ],
  [
    'a connection that goes on from its cursor',
    [...begun, [[open('e.2', 'e.2')], { a: 1, b: 2 }], [[deleted('a', 'e.3'), value('c', 3, 'e.4')], { b: 2, c: 3 }]],
  ],
  [
    'a cut in the middle of the first snapshot',
    [
      [[open('start'), value('a', 1), value('gone', 2)], undefined],
      [[open('start', 'start')], undefined],
      [[value('a', 3), snapshot('e.4')], { a: 3 }],
    ],
  ],
  [
    'a state that is empty when a client comes back that was cut in its first snapshot',
    [
      [[open('start'), value('a', 1)], undefined],
      [[open('e.4', 'start')], {}],
    ],
  ],
  [
    'a gap, whose snapshot lacks a key',
    [
      ...begun,
      [[open('e.2', 'e.2'), gap('e.2')], { a: 1, b: 2 }],
      [[value('b', 5), value('c', 6)], { a: 1, b: 2 }],
      [[snapshot('f.9')], { b: 5, c: 6 }],
      [[value('d', 7, 'f.10')], { b: 5, c: 6, d: 7 }],
    ],
  ],
  ['a gap of a state that is empty now', [...begun, [[open('e.2', 'e.2'), gap('e.2'), snapshot('f.0')], {}]]],
  [
    'a gap of a cursor that the server takes for a foreign one',
    [...begun, [[open('-.0', 'e.2'), gap('-.0'), value('c', 1), snapshot('f.1')], { c: 1 }]],
  ],
  [
    'a cut in the middle of the snapshot after a gap',
    [
      ...begun,
      [[open('e.2', 'e.2'), gap('e.2'), value('b', 5)], { a: 1, b: 2 }],
      [[open('e.2', 'e.2'), gap('e.2'), value('c', 6)], { a: 1, b: 2 }],
      [[snapshot('f.9')], { c: 6 }],
    ],
  ],
  [
    'a cut after a gap, and a server that can go on from the old cursor',
    [
      ...begun,
      [[open('e.2', 'e.2'), gap('e.2'), value('b', 5)], { a: 1, b: 2 }],
      [[open('e.2', 'e.2')], { a: 1, b: 2 }],
      [[value('b', 7, 'e.3')], { a: 1, b: 7 }],
    ],
  ],
  [
    'a gap of a live connection, and another one in its snapshot',
    [
      ...begun,
      [[gap('e.2'), value('x', 1), gap('e.2')], { a: 1, b: 2 }],
      [[value('y', 2), snapshot('e.99')], { y: 2 }],
    ],
  ],
  [
    'a server that did not get the cursor',
    [...begun, [[open('start'), value('c', 1)], { a: 1, b: 2 }], [[snapshot('e.3')], { c: 1 }], [[open('e.5')], {}]],
  ],
  [
    'polls',
    [
      [[open('e.2'), value('a', 1), value('b', 2), answered('e.2')], { a: 1, b: 2 }],
      [[open('e.2', 'e.2'), answered('e.2')], { a: 1, b: 2 }],
      [[open('e.2', 'e.2'), value('b', 3, 'e.3'), deleted('a', 'e.4'), answered('e.4')], { b: 3 }],
      [[open('e.4', 'e.4'), gap('f.1'), value('c', 1), answered('f.1')], { c: 1 }],
      [[open('f.1', 'f.1'), gap('g.0'), answered('g.0')], {}],
    ],
  ],
  [
    'a poll whose answer has changes behind its snapshot',
    [
      [
        [open('e.2'), value('a', 1), value('b', 2), deleted('a', 'e.3'), value('c', 3, 'e.4'), answered('e.4')],
        { b: 2, c: 3 },
      ],
      [[open('e.4', 'e.4'), gap('f.2'), value('x', 1), deleted('x', 'f.3'), answered('f.3')], {}],
    ],
  ],
  [
    'a poll after a stream that was cut in its snapshot',
    [
      [[open('start'), value('gone', 1)], undefined],
      [[open('start', 'start'), value('a', 1), answered('e.5')], { a: 1 }],
    ],
  ],
  [
    'keys that objects have of their own',
    [
      [
        [open('start'), value('__proto__', 1), value('constructor', 2), snapshot('e.2')],
        JSON.parse('{"__proto__":1,"constructor":2}'),
      ],
      [[deleted('__proto__', 'e.3')], { constructor: 2 }],
    ],
  ],
  [
    'messages without a key',
    [
      ...begun,
      [
        [
          { id: 'e.3', data: 'text' },
          { id: 'e.4', event: 'x', data: 1 },
        ],
        { a: 1, b: 2 },
      ],
    ],
  ],
];

it.each(tables)('follows %s', (_, steps) => {
  const replica = new Replica<unknown>();
  const seen = new Map<string, unknown>();
  for (const [frames, expected] of steps) {
    // What takes the replica's word for what may have changed has the same values.
    for (const frame of frames) {
      for (const key of replica.take(frame)) {
        const now = replica.get(key);
        if (now === undefined) seen.delete(key);
        else seen.set(key, now);
      }
    }
    expect([replica.isWhole, Object.fromEntries(seen)]).toEqual([expected !== undefined, expected ?? {}]);
  }
});

it('goes on from the values of an earlier connection', () => {
  const replica = new Replica<number>(new Map([['a', 1]]));
  expect([replica.isWhole, replica.get('a')]).toEqual([false, 1]);
  expect(replica.take(open('e.2', 'e.2'))).toEqual([]);
  expect([replica.isWhole, replica.get('a')]).toEqual([true, 1]);
});
