import { readFileSync } from 'node:fs';
import path from 'node:path';
import { closeCodes, connect, firstAppCloseCode, type PushwireError } from '../../src/index';
import { FakeClock } from '../kit/fake-clock';

/** A WebSocket that a test controls. */
class FakeWebSocket {
  static last: FakeWebSocket;
  onmessage!: (event: { data: string }) => void;
  onclose!: (event: { code: number }) => void;

  constructor() {
    FakeWebSocket.last = this;
  }

  close(): void {}
}

/**
 * Opens a connection, closes its WebSocket with a code, and tells what the client makes of that.
 */
async function closedWith(code: number) {
  const connection = connect('http://www.example.com/news', {
    transports: ['websocket'],
    WebSocket: FakeWebSocket,
    clock: new FakeClock(),
    memory: new Map(),
  });
  const errors: PushwireError[] = [];
  connection.onError((error) => errors.push(error));
  await new Promise((resolve) => setImmediate(resolve));
  FakeWebSocket.last.onmessage({ data: JSON.stringify({ event: 'pushwire:open', id: 'e.1', data: {} }) });
  expect(connection.status).toBe('open');
  FakeWebSocket.last.onclose({ code });
  const { status } = connection;
  connection.close();
  return { status, errors };
}

const { ended, ...others } = closeCodes;

describe('a close code', () => {
  it('stands in the table of PROTOCOL.md, section 8.5', () => {
    const protocol = readFileSync(path.join(__dirname, '../../../../PROTOCOL.md'), 'utf8');
    const [, section] = /^### 8\.5 (.*?)^##/ms.exec(protocol) as unknown as [string, string];
    const codes = [...section.matchAll(/^\| (\d[\d, –]*?) *\|/gm)].flatMap(([, cell]) => cell?.split(', '));
    expect(codes).toEqual([...Object.values(closeCodes).map(String), `${firstAppCloseCode}–4999`]);
  });

  it('of a finished source ends the connection', async () => {
    expect(await closedWith(ended)).toEqual({ status: 'ended', errors: [] });
  });

  it.each(Object.entries(others))('%s makes the client reconnect', async (_, code) => {
    expect(await closedWith(code)).toEqual({ status: 'waiting', errors: [] });
  });

  it.each([1005, 1006, firstAppCloseCode - 1])(
    '%i, which no server sends, makes the client reconnect',
    async (code) => {
      expect(await closedWith(code)).toEqual({ status: 'waiting', errors: [] });
    },
  );

  it.each([firstAppCloseCode, 4999])('%i of the app fails the connection', async (closeCode) => {
    const { status, errors } = await closedWith(closeCode);
    expect(status).toBe('failed');
    expect(errors).toEqual([expect.objectContaining({ code: 'closed', closeCode, transport: 'websocket' })]);
  });
});
