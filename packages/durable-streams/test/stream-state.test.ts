import type { Append, Command } from '../src/protocol/command';
import { formatOffset } from '../src/protocol/offset';
import { applied, judge, type StreamState } from '../src/protocol/stream-state';

const life = formatOffset({ epoch: 'e', offset: 1 });

/** Takes commands as a process does that reads the log. Returns the verdicts and the last state. */
function replay(...commands: readonly (readonly [Command, bytes: number])[]) {
  let state: StreamState | undefined;
  const verdicts = commands.map(([command, bytes], index) => {
    const verdict = judge(state, command, bytes);
    if (verdict.kind === 'accepted') state = applied(state, command, { epoch: 'e', offset: index + 1 }, bytes);
    return verdict.kind;
  });
  return { state, verdicts };
}

const create = (more: object = {}): readonly [Command, number] => [
  { kind: 'create', at: 0, type: 'text/plain', ...more },
  0,
];
const append = (more: Partial<Append> = {}, bytes = 5): readonly [Command, number] => [
  { kind: 'append', at: 0, life, ...more },
  bytes,
];
const step = (epoch: number, seq: number) => ({ producer: { id: 'p', epoch, seq } });

it('of two creations, the first counts', () => {
  const { verdicts } = replay(create(), create(), create({ type: 'text/html' }), create({ closed: true }));
  expect(verdicts).toEqual(['accepted', 'exists', 'conflict', 'conflict']);
});

it('the tail is the newest content, whatever comes after it', () => {
  const { state, verdicts } = replay(
    create(),
    append(),
    [{ kind: 'touch', at: 9, life }, 0],
    append({ closes: true }, 0),
  );
  expect(verdicts).toEqual(['accepted', 'accepted', 'accepted', 'accepted']);
  expect(state).toMatchObject({ tail: { offset: 2 }, isClosed: true });
});

it('a command for another life of the stream is refused', () => {
  const { verdicts } = replay(
    create(),
    [{ kind: 'delete', at: 0, life }, 0],
    append(),
    create(),
    append(),
    append({ life: formatOffset({ epoch: 'e', offset: 4 }) }),
  );
  expect(verdicts).toEqual(['accepted', 'accepted', 'unknown', 'accepted', 'unknown', 'accepted']);
});

it('a closed stream takes the same close again, and nothing else', () => {
  const closing = append({ ...step(1, 0), closes: true });
  const { verdicts } = replay(
    create(),
    append(step(0, 0)),
    closing,
    closing,
    append(step(1, 1)),
    append(step(0, 1)),
    append({ closes: true }, 0),
    append({ closes: true }),
  );
  expect(verdicts).toEqual(['accepted', 'accepted', 'accepted', 'duplicate', 'closed', 'stale', 'exists', 'closed']);
});

it('Stream-Seq grows by its bytes, and a duplicate of a producer comes before it', () => {
  const both = append({ ...step(0, 0), seq: 'a' });
  const { verdicts } = replay(create(), both, both, append({ seq: 'B' }), append({ seq: 'a' }), append({ seq: 'b' }));
  expect(verdicts).toEqual(['accepted', 'accepted', 'duplicate', 'disorder', 'disorder', 'accepted']);
});

it('a TTL begins anew with a write or a touch, and a stream that has expired can be made anew', () => {
  // It lives for 8 s, and for 1 s in which a read is not noted.
  const { verdicts } = replay(
    create({ ttl: 8 }),
    append({ at: 8000 }),
    [{ kind: 'touch', at: 16_000, life }, 0],
    [{ kind: 'delete', at: 24_999, life, expired: true }, 0],
    append({ at: 25_000 }),
    create({ at: 25_000, type: 'text/html' }),
  );
  expect(verdicts).toEqual(['accepted', 'accepted', 'accepted', 'conflict', 'unknown', 'accepted']);
});
