import { backOff, sleep } from './sleep.js';

/** Lines of JSON, read by `fetch` while they come. */
export async function overNdjson(urlOf, report, signal) {
  const place = { cursor: undefined, retry: undefined, failures: 0 };
  while (!signal.aborted) {
    try {
      report.asked();
      const response = await fetch(urlOf({ transport: 'ndjson', cursor: place.cursor }), { signal });
      if (response.status === 204) return report.became('ended');
      if (!response.ok) throw new Error(`The server answered ${response.status}.`);
      const ended = await readLines(response.body, report, place);
      if (ended) return report.became('ended');
    } catch {
      if (signal.aborted) return;
    }
    report.became('away');
    await sleep(place.retry ?? backOff(place.failures++), signal);
    place.retry = undefined;
  }
}

/** @returns whether the channel has ended, and not only this response. */
async function readLines(body, report, place) {
  const [reader, decoder] = [body.getReader(), new TextDecoder()];
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return false;
    report.received(value.byteLength);
    const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
    rest = lines.pop();
    // An empty line is a heartbeat.
    for (const line of lines) if (line !== '' && takeFrame(JSON.parse(line), report, place)) return true;
  }
}

function takeFrame(frame, report, place) {
  place.cursor = frame.id ?? place.cursor;
  if (frame.event === 'pushwire:open') {
    place.failures = 0;
    report.became('live');
  }
  if (frame.event === 'pushwire:retry') place.retry = frame.data.retry;
  if (frame.event === 'pushwire:gap') report.missed(frame.data);
  if (!frame.event?.startsWith('pushwire:')) report.told(frame);
  return frame.event === 'pushwire:end';
}
