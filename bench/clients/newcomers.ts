import { connect } from 'node:net';
import { marker } from '../sample-event';

const markerByte = marker.charCodeAt(0);
const request = 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n';
const timeoutMs = 60_000;

/** The measurements of one client that came and got everything. */
export interface Visit {
  /** Milliseconds from the connection to the first byte of the answer. */
  readonly firstByte: number;
  /** Milliseconds from the connection to the last event. */
  readonly whole: number;
  readonly bytes: number;
}

/** Comes, counts so many events, and leaves. */
export function visit(port: number, events: number, buffer = Buffer.allocUnsafe(64 * 1024)): Promise<Visit> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    let [bytes, left, firstByte] = [0, events, 0];
    const fail = (why: string) => reject(new Error(`${why}, when ${left} of ${events} events were missing`));
    const timer = setTimeout(() => fail('The time was up'), timeoutMs);
    const callback = (length: number, piece: Uint8Array) => {
      if (bytes === 0) firstByte = performance.now() - began;
      bytes += length;
      const got = piece.subarray(0, length);
      for (let at = got.indexOf(markerByte); at !== -1; at = got.indexOf(markerByte, at + 1)) left--;
      if (left > 0) return true;
      clearTimeout(timer);
      socket.resetAndDestroy();
      resolve({ firstByte, whole: performance.now() - began, bytes });
      return false;
    };
    const socket = connect({ port, host: '127.0.0.1', onread: { buffer, callback } });
    socket.write(request);
    socket.on('error', ({ message }) => fail(message));
    socket.on('end', () => fail('The server ended the answer'));
  });
}

/** Lets so many clients come, with so many of them there at a time. */
export async function visits(port: number, events: number, count: number, atATime: number): Promise<Visit[]> {
  const all: Visit[] = [];
  let begun = 0;
  const buffer = Buffer.allocUnsafe(64 * 1024);
  const lane = async () => {
    while (begun < count) {
      begun++;
      all.push(await visit(port, events, buffer));
    }
  };
  await Promise.all(Array.from({ length: Math.min(atATime, count) }, lane));
  return all;
}
