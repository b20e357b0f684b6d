import { backOff, sleep } from './sleep.js';
import { watchTransfers } from './transfers.js';

/**
 * Interval polling: asks, waits as long as the answer advises, asks again. The browser itself keeps each answer's ETag
 * and sends it as If-None-Match.
 */
export function overPoll(urlOf, report, signal) {
  return pollOn(urlOf, 'poll', report, signal);
}

/** Long polling: the server holds each request until it has something to say. */
export function overLongPoll(urlOf, report, signal) {
  return pollOn(urlOf, 'long-poll', report, signal);
}

async function pollOn(urlOf, transport, report, signal) {
  watchTransfers(`transport=${transport}&`, signal, report.received);
  let cursor;
  let failures = 0;
  while (!signal.aborted) {
    try {
      report.asked();
      const answer = await ask(urlOf({ transport, cursor }), signal);
      if (answer === undefined) return report.became('ended');
      ({ cursor } = answer);
      failures = 0;
      report.became('live');
      if (answer.gap) report.missed(answer.gap);
      for (const message of answer.messages) report.told(message);
      if (answer.ended) return report.became('ended');
      if (answer.interval !== undefined) await sleep(answer.interval, signal);
    } catch {
      if (signal.aborted) return;
      report.became('away');
      await sleep(backOff(failures++), signal);
    }
  }
}

async function ask(url, signal) {
  const response = await fetch(url, { signal });
  if (response.status === 204) return undefined;
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
  return response.json();
}
