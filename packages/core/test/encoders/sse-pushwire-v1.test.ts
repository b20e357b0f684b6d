import { sseFramesEncoder as encoder, sseEncoder } from '../../src/encoders/sse';
import { createMessage } from '../../src/log/message';

describe('sseFramesEncoder', () => {
  it('opens with a frame, and with the id and the reconnection time as fields', () => {
    expect(encoder.open({ cursor: 'e.1', heartbeat: 15000, retry: 2900, padding: 2 })).toBe(
      ':  \nretry: 2900\nid: e.1\ndata: {"event":"pushwire:open","data":{"cursor":"e.1","heartbeat":15000,"retry":2900}}\n\n',
    );
    expect(encoder.open({ heartbeat: 1000, retry: 500, padding: 0 })).toBe(
      'retry: 500\ndata: {"event":"pushwire:open","data":{"heartbeat":1000,"retry":500}}\n\n',
    );
  });

  it('keeps the kind of all data: text with its line breaks, values, and bytes', () => {
    const batch = {
      gap: { reason: 'evicted' as const, missed: 3, cursor: 'e.4' },
      messages: [createMessage('x\r\ny'), createMessage({ n: 1 }, 'tick'), createMessage(Buffer.from('hi'))],
      cursors: ['e.5', 'e.6', 'e.7'],
      positions: [],
      cursor: 'e.7',
      more: false,
      ended: false,
    };
    expect(encoder.batch(batch)).toBe(
      'id: e.4\ndata: {"event":"pushwire:gap","data":{"reason":"evicted","missed":3,"cursor":"e.4"}}\n\n' +
        'id: e.5\ndata: {"data":"x\\r\\ny"}\n\n' +
        'id: e.6\ndata: {"event":"tick","data":{"n":1}}\n\n' +
        'id: e.7\ndata: {"data":"aGk=","encoding":"base64"}\n\n',
    );
  });

  it("writes an app's message with its id and retry", () => {
    expect(encoder.message(createMessage('a'), '7', 900)).toBe('retry: 900\nid: 7\ndata: {"data":"a"}\n\n');
    expect(encoder.message(createMessage('a'))).toBe('data: {"data":"a"}\n\n');
  });

  it('writes the other events of the protocol', () => {
    expect(encoder.heartbeat).toBe(':\n');
    expect(encoder.end('e.9')).toBe('id: e.9\ndata: {"event":"pushwire:end","data":{"cursor":"e.9"}}\n\n');
    expect(encoder.error()).toBe('data: {"event":"pushwire:error","data":{"code":"source-failed"}}\n\n');
    expect(encoder.retry('draining', 700)).toBe(
      'retry: 700\ndata: {"event":"pushwire:retry","data":{"reason":"draining","retry":700}}\n\n',
    );
  });

  it('has another name than sseEncoder, since its bytes differ', () => {
    expect(encoder.name).not.toBe(sseEncoder.name);
  });
});
