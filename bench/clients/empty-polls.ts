import { connect, type Socket } from 'node:net';
import { sourceOf } from './source-address';

const lengthPattern = /\r\ncontent-length: (\d+)\r\n/i;
const headEnd = '\r\n\r\n';
const timeoutMs = 60_000;

/** Clients that repeat one poll, each as soon as it has its answer. */
export interface EmptyPolls {
  readonly port: number;
  readonly clients: number;
  readonly path: string;
  /** Headers of the request, apart from `Host` and `Accept`, each with its line end. */
  readonly headers?: string;
  /** The status that each answer must have. */
  readonly status: number;
}

/**
 * Polls for so many answers.
 *
 * @throws {Error} for an answer with another status, and if they take too long.
 */
export function pollEmpty({ port, clients, path, headers = '', status }: EmptyPolls, answers: number): Promise<void> {
  const request = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n${headers}\r\n`;
  const begin = `HTTP/1.1 ${status} `;
  return new Promise((resolve, reject) => {
    const sockets: Socket[] = [];
    let [begun, got] = [0, 0];
    const settle = (error?: Error) => {
      clearTimeout(timer);
      for (const socket of sockets) socket.resetAndDestroy();
      error ? reject(error) : resolve();
    };
    const timer = setTimeout(() => settle(new Error(`${got} of ${answers} answers came in time`)), timeoutMs);
    const poll = (socket: Socket) => {
      if (begun++ < answers) socket.write(request);
    };
    for (let i = 0; i < clients; i++) {
      const socket = connect({ port, host: '127.0.0.1', ...sourceOf(i) });
      sockets.push(socket);
      let text = '';
      socket.setEncoding('latin1');
      socket.on('data', (piece: string) => {
        text += piece;
        if (!isWhole(text)) return;
        if (!text.startsWith(begin)) return settle(new Error(`expected ${status}, got ${text}`));
        text = '';
        if (++got === answers) settle();
        else poll(socket);
      });
      socket.on('error', settle);
      socket.on('end', () => settle(new Error('the server ended a connection')));
      poll(socket);
    }
  });
}

/** Answers with 204 and 304 have no body, and no length. */
function isWhole(text: string): boolean {
  const head = text.indexOf(headEnd);
  return head !== -1 && text.length >= head + headEnd.length + Number(lengthPattern.exec(text)?.[1] ?? 0);
}
