import { backOff, sleep } from './sleep.js';
import { bytesOf } from './transfers.js';

/** What an EventSource hears: messages without a name, and these. */
const names = ['message', 'ping', 'note', 'headline', 'alert'];

/** A native EventSource, which comes back by itself in most cases. */
export async function overSse(urlOf, report, signal) {
  const place = { cursor: undefined, failures: 0 };
  while (!signal.aborted) {
    const ended = await listen(urlOf, report, signal, place);
    if (ended) return report.became('ended');
    await sleep(backOff(place.failures++), signal);
  }
}

/** Settles when the EventSource has given up, or was closed here. */
function listen(urlOf, report, signal, place) {
  const source = new EventSource(urlOf({ transport: 'sse', cursor: place.cursor }));
  report.asked();
  return new Promise((resolve) => {
    const close = (ended) => {
      source.close();
      resolve(ended);
    };
    const heard = ({ type, lastEventId, data }) => {
      place.cursor = lastEventId || place.cursor;
      report.received(bytesOf(`event: ${type}\nid: ${lastEventId}\ndata: ${data}\n\n`));
    };
    source.addEventListener('pushwire:open', (event) => {
      place.failures = 0;
      report.became('live');
      heard(event);
    });
    source.addEventListener('pushwire:gap', (event) => {
      heard(event);
      report.missed(JSON.parse(event.data));
    });
    source.addEventListener('pushwire:end', () => close(true));
    source.addEventListener('error', () => {
      report.became('away');
      if (source.readyState === EventSource.CLOSED) close(false);
      else report.asked();
    });
    for (const name of names) {
      source.addEventListener(name, (event) => {
        heard(event);
        report.told({ event: name, data: readValue(event.data) });
      });
    }
    signal.addEventListener('abort', () => close(false), { once: true });
  });
}

/** An EventSource has only text; what is JSON reads as on the other transports. */
function readValue(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
