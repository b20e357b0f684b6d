/** The titles of transports, by their names in `@pushwire/client`. */
export const titles = {
  poll: 'Interval poll',
  'long-poll': 'Long poll',
  comet: 'Comet iframe',
  sse: 'Server-Sent Events',
  websocket: 'WebSocket',
};

export const statuses = {
  connecting: 'Connecting',
  open: 'Open',
  waiting: 'Waiting',
  ended: 'Ended',
  failed: 'Failed',
  off: 'Off',
};

const troubles = {
  network: 'no answer',
  timeout: 'received nothing in time',
  silent: 'fell silent and was closed',
  'bad-data': 'received data that is not of this protocol',
};

/** Describes an error in a few words. */
export function sayTrouble({ code, status }) {
  return code === 'refused' ? `refused with ${status}` : (troubles[code] ?? code);
}

export function sayBytes(bytes) {
  if (bytes < 10_000) return `${bytes.toLocaleString()} B`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(2)} MB`;
}

export function sayDelay(ms) {
  if (ms === undefined) return '–';
  if (ms < 1) return '<1 ms';
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

export function saySince(since) {
  const seconds = Math.max(0, Math.round((Date.now() - since) / 1000));
  if (seconds < 60) return `${seconds} s`;
  return seconds < 3600 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
}

export function sayMessages(count) {
  return count === 1 ? '1 message' : `${count.toLocaleString()} messages`;
}

/** Describes the counts of ids. */
export function sayTally({ seen, missing, twice, announced }) {
  const told = announced > 0 ? `, ${announced.toLocaleString()} announced as lost` : '';
  return `${seen.toLocaleString()} seen, ${missing.toLocaleString()} missing, ${twice.toLocaleString()} repeated${told}`;
}

/** Describes a reconnection or a replay. */
export function sayAccount({ messages, missing, twice }) {
  if (missing + twice > 0) return `${sayMessages(messages)} received, ${missing} missing, ${twice} repeated`;
  return messages === 0 ? 'nothing was missed' : `${sayMessages(messages)} caught up, none missing, none repeated`;
}

export function sayGap({ reason, missed }) {
  if (reason === 'epoch') return 'the server has begun a new history, and the older messages are lost';
  return `${missed === undefined ? 'some messages are' : `${sayMessages(missed)} ${missed === 1 ? 'is' : 'are'}`} no longer kept (${reason})`;
}
