import fc from 'fast-check';
import { encodeOpening } from '../../src/delivery/openings';
import { ndjsonEncoder } from '../../src/encoders/ndjson';
import { sseEncoder, sseFramesEncoder } from '../../src/encoders/sse';

it('an opening is that of its own client, whichever came before it', () => {
  const cursors = fc.constantFrom('k3v9.7', 'k3v9.8', 'ab"\\.0', undefined);
  const openings = fc.record({
    cursor: cursors,
    heartbeat: fc.constantFrom(100, 15_000, Number.POSITIVE_INFINITY),
    retry: fc.constantFrom(0, 500, 3000),
    padding: fc.constantFrom(0, 3),
  });
  fc.assert(
    fc.property(fc.array(openings), (inTurn) => {
      for (const opening of inTurn) {
        const { cursor, heartbeat, retry, padding } = opening;
        const id = cursor === undefined ? '' : `id: ${cursor}\n`;
        const data = JSON.stringify({ cursor, heartbeat, retry });
        expect(encodeOpening(sseEncoder, opening)).toBe(
          `${padding === 0 ? '' : ':   \n'}retry: ${retry}\nevent: pushwire:open\n${id}data: ${data}\n\n`,
        );
      }
    }),
  );
});

it.each([sseFramesEncoder, ndjsonEncoder])(
  'openings that say where each client comes from are encoded anew: $name',
  (encoder) => {
    const opening = { cursor: 'k3v9.8', heartbeat: 100, retry: 500, padding: 0 };
    for (const from of ['k3v9.7', 'k3v9.6', undefined]) {
      encodeOpening(sseEncoder, opening);
      expect(encodeOpening(encoder, { ...opening, from })).toBe(encoder.open({ ...opening, from }));
    }
  },
);
