import { backOff, sleep } from './sleep.js';
import { bytesOf } from './transfers.js';

/** Silence after which a socket is given up where the server did not say its heartbeat, in ms. */
const patience = 20_000;

/** WebSockets, which never come back by themselves: each is opened with the cursor of the one before. */
export async function overWebSocket(urlOf, report, signal) {
  const place = { cursor: undefined, retry: undefined, failures: 0 };
  while (!signal.aborted) {
    const ended = await listen(urlOf, report, signal, place);
    if (ended) return report.became('ended');
    report.became('away');
    await sleep(place.retry ?? backOff(place.failures++), signal);
    place.retry = undefined;
  }
}

/** @returns whether the channel has ended, and not only this socket. */
function listen(urlOf, report, signal, place) {
  const url = new URL(urlOf({ transport: 'websocket', cursor: place.cursor }), location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  const socket = new WebSocket(url, 'pushwire.v1');
  report.asked();
  return new Promise((resolve) => {
    let watch;
    let silence = patience;
    const over = (ended) => {
      clearTimeout(watch);
      signal.removeEventListener('abort', leave);
      socket.onmessage = null;
      socket.close();
      resolve(ended);
    };
    const leave = () => over(false);
    // A line that went dead fires nothing, and a heartbeat may be late.
    const watchOn = () => {
      clearTimeout(watch);
      watch = setTimeout(leave, silence);
    };
    socket.onmessage = ({ data: text }) => {
      report.received(frameBytes(text));
      const frame = JSON.parse(text);
      if (frame.event === 'pushwire:open') silence = frame.data.heartbeat + 5000;
      watchOn();
      if (takeFrame(frame, report, place)) over(true);
    };
    socket.onclose = leave;
    signal.addEventListener('abort', leave);
    watchOn();
  });
}

function takeFrame({ id, event, data }, report, place) {
  place.cursor = id ?? place.cursor;
  if (event === 'pushwire:open') {
    place.failures = 0;
    report.became('live');
  }
  if (event === 'pushwire:open' || event === 'pushwire:retry') place.retry = data.retry;
  if (event === 'pushwire:gap') report.missed(data);
  if (!event?.startsWith('pushwire:')) report.told({ event, data });
  return event === 'pushwire:end';
}

/** A text and the head of a server's frame (RFC 6455, 5.2). */
function frameBytes(text) {
  const length = bytesOf(text);
  return length + (length < 126 ? 2 : length < 65_536 ? 4 : 10);
}
