import { bareSseEncoder } from '../../src/encoders/bare-sse';
import { cometEncoders } from '../../src/encoders/comet';
import { ndjsonEncoder } from '../../src/encoders/ndjson';
import { pollBody } from '../../src/encoders/poll';
import { sseEncoder, sseFramesEncoder } from '../../src/encoders/sse';
import { plainWebSocketEncoder, webSocketEncoder } from '../../src/encoders/web-socket';
import { opcode, webSocketFrame } from '../../src/encoders/web-socket-frame';
import type { Outcome } from '../../src/log/outcome';

/** Outcomes, and the fields by which a client is told of them, in this order. */
const outcomes: [Outcome, fields: string][] = [
  [{ outcome: 'completed' }, '"outcome":"completed"'],
  [{ outcome: 'stopped' }, '"outcome":"stopped"'],
  [{ reason: 'by "user" </script>', outcome: 'stopped' }, '"outcome":"stopped","reason":"by \\"user\\" </script>"'],
  [{ code: 'quota', outcome: 'failed' }, '"outcome":"failed","code":"quota"'],
  [{ outcome: 'lost' }, '"outcome":"lost"'],
];

/** Outcomes may have been read from somewhere else, with properties of which nobody is told. */
const withMore = (outcome: Outcome) => ({ ...outcome, at: 5 }) as Outcome;

describe.each(outcomes)('the end of a run: %j', (plain, fields) => {
  const outcome = withMore(plain);
  const data = `{"cursor":"e.9",${fields}}`;
  const frame = `{"id":"e.9","event":"pushwire:end","data":${data}}`;

  it('has the outcome in the data of Server-Sent Events', () => {
    expect(sseEncoder.end('e.9', outcome)).toBe(`event: pushwire:end\nid: e.9\ndata: ${data}\n\n`);
    expect(sseFramesEncoder.end('e.9', outcome)).toBe(`id: e.9\ndata: {"event":"pushwire:end","data":${data}}\n\n`);
  });

  it('has the outcome in its frame over ndjson, WebSocket and comet', () => {
    expect(ndjsonEncoder.end('e.9', outcome)).toBe(`${frame}\n`);
    expect(webSocketEncoder('w').end('e.9', outcome)).toEqual(webSocketFrame(opcode.text, frame));
    const comet = cometEncoders({ name: 'c' })({ callback: 'pushwire', parameter: 'cursor' });
    const safe = frame.replaceAll('<', '\\u003c').replaceAll('>', '\\u003e');
    expect(comet.end('e.9', outcome)).toBe(`<script>_(${safe},"e.9")</script>\n`);
  });

  it('has the outcome beside `ended` in the answer to a poll', () => {
    const batch = { messages: [], cursors: [], positions: [], cursor: 'e.9', more: false, ended: true, outcome };
    expect(pollBody(batch)).toBe(`{"cursor":"e.9","messages":[],"ended":true,${fields}}`);
    expect(pollBody(batch, { from: 'e.8', interval: 3000 })).toBe(
      `{"cursor":"e.9","messages":[],"from":"e.8","ended":true,${fields},"interval":3000}`,
    );
  });

  it('is not told where nothing of the protocol is', () => {
    expect(bareSseEncoder({}).end('e.9', outcome)).toBe('');
    expect(plainWebSocketEncoder('w').end('e.9', outcome)).toHaveLength(0);
  });
});

describe('the end of a channel', () => {
  it('has no outcome', () => {
    expect(sseEncoder.end('e.9')).toBe('event: pushwire:end\nid: e.9\ndata: {"cursor":"e.9"}\n\n');
    expect(ndjsonEncoder.end('e.9')).toBe('{"id":"e.9","event":"pushwire:end","data":{"cursor":"e.9"}}\n');
  });
});
