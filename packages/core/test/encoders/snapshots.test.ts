import { bytesOf } from '../../src/encoders/chunk';
import { cometEncoders } from '../../src/encoders/comet';
import type { Encoder } from '../../src/encoders/encoder';
import { ndjsonEncoder } from '../../src/encoders/ndjson';
import { pollBody } from '../../src/encoders/poll';
import { sseEncoder, sseFramesEncoder } from '../../src/encoders/sse';
import { plainWebSocketEncoder, webSocketEncoder } from '../../src/encoders/web-socket';
import { opcode, webSocketFrame } from '../../src/encoders/web-socket-frame';
import type { Batch } from '../../src/log/batch';
import { createMessage } from '../../src/log/message';

/** Two messages of a snapshot, which have no place in a log, and one of a log. */
const batch: Batch = {
  messages: [createMessage('state'), createMessage({ n: 1 }, 'part'), createMessage('live')],
  cursors: [undefined, undefined, 'e.5'],
  positions: [{ epoch: 'e', offset: 5 }],
  cursor: 'e.5',
  more: false,
  ended: false,
};
const textOf = (encoder: Encoder) => Buffer.from(bytesOf([encoder.batch(batch), encoder.snapshot('e.4')])).toString();

describe('the messages of a snapshot, a live one, and the end of the snapshot', () => {
  it('have an empty id over SSE where there is none, since a client keeps the last one', () => {
    expect(textOf(sseEncoder)).toBe(
      'id: \ndata: state\n\nevent: part\nid: \ndata: {"n":1}\n\nid: e.5\ndata: live\n\n' +
        'event: pushwire:snapshot\nid: e.4\ndata: {"cursor":"e.4"}\n\n',
    );
  });

  it('have an empty id over SSE of frames, too', () => {
    expect(textOf(sseFramesEncoder)).toBe(
      'id: \ndata: {"data":"state"}\n\nid: \ndata: {"event":"part","data":{"n":1}}\n\n' +
        'id: e.5\ndata: {"data":"live"}\n\n' +
        'id: e.4\ndata: {"event":"pushwire:snapshot","data":{"cursor":"e.4"}}\n\n',
    );
  });

  it('have an empty id over SSE of frames where they are for one client alone', () => {
    expect(sseFramesEncoder.alone?.(createMessage('x', 'e'))).toBe('data: {"id":"","event":"e","data":"x"}\n\n');
    // A native EventSource that is cut off after a block with an empty id would come back without its cursor.
    expect(sseEncoder.alone).toBeUndefined();
  });

  it('have no id over ndjson where there is none', () => {
    expect(textOf(ndjsonEncoder)).toBe(
      '{"data":"state"}\n{"event":"part","data":{"n":1}}\n{"id":"e.5","data":"live"}\n' +
        '{"id":"e.4","event":"pushwire:snapshot","data":{"cursor":"e.4"}}\n',
    );
  });

  it('are calls without a cursor over comet where there is none', () => {
    const encoder = cometEncoders({ name: 'c' })({ callback: 'pushwire', parameter: 'cursor' });
    expect(textOf(encoder)).toBe(
      '<script>_({"data":"state"})</script>\n<script>_({"event":"part","data":{"n":1}})</script>\n' +
        '<script>_({"id":"e.5","data":"live"},"e.5")</script>\n' +
        '<script>_({"id":"e.4","event":"pushwire:snapshot","data":{"cursor":"e.4"}},"e.4")</script>\n',
    );
  });

  it('are frames without an id over WebSocket where there is none', () => {
    const frames = [
      '{"data":"state"}',
      '{"event":"part","data":{"n":1}}',
      '{"id":"e.5","data":"live"}',
      '{"id":"e.4","event":"pushwire:snapshot","data":{"cursor":"e.4"}}',
    ];
    const encoder = webSocketEncoder('w');
    expect(bytesOf([encoder.batch(batch), encoder.snapshot('e.4')])).toEqual(
      bytesOf(frames.map((frame) => webSocketFrame(opcode.text, frame))),
    );
  });

  it('are the data alone over a WebSocket without a subprotocol', () => {
    const encoder = plainWebSocketEncoder('w');
    expect(bytesOf([encoder.batch(batch), encoder.snapshot('e.4')])).toEqual(
      bytesOf(['state', '{"n":1}', 'live'].map((data) => webSocketFrame(opcode.text, data))),
    );
  });

  it('are in one answer of a poll, whose cursor is after all', () => {
    expect(pollBody(batch)).toBe(
      '{"cursor":"e.5","messages":[{"data":"state"},{"event":"part","data":{"n":1}},{"id":"e.5","data":"live"}]}',
    );
  });
});
