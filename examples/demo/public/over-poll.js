import { channelUrl, randomId } from './channel-url.js';
import { backOff, sleep } from './sleep.js';
import { watchTransfers } from './transfers.js';

/**
 * Interval polling: asks, waits as long as the answer advises, asks again. The browser itself keeps each answer's ETag
 * and sends it as If-None-Match.
 */
export function overPoll(channels, report, signal) {
  return pollOn(channels, 'poll', report, signal);
}

/** Long polling: the server holds each request until it has something to say. */
export function overLongPoll(channels, report, signal) {
  return pollOn(channels, 'long-poll', report, signal);
}

async function pollOn(channels, transport, report, signal) {
  const client = randomId();
  watchTransfers(client, signal, report.received);
  let cursor;
  let failures = 0;
  while (!signal.aborted) {
    try {
      report.asked();
      const answer = await ask(channelUrl(channels, { transport, client, cursor }), signal);
      if (answer === undefined) return report.became('ended');
      ({ cursor } = answer);
      failures = 0;
      report.became('live');
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
