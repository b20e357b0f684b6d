import { Refusal } from './refusal';
import { visitorPrefix } from './visitors';

/** The channel on which only the server publishes. */
export const serverChannel = 'server';

/** The most channels that one connection may follow. */
export const maxChannels = 20;

const pattern = /^[A-Za-z0-9_.:-]{1,64}$/;

/** @throws {Refusal} 400 unless the text is a channel name. */
export function readChannelName(text: string): string {
  if (pattern.test(text)) return text;
  throw new Refusal(400, `A channel name has 1 to 64 of A-Z, a-z, 0-9, "_", ".", ":" and "-", unlike ${quote(text)}.`);
}

/** Reads a comma-separated list of names. @throws {Refusal} 400 for a bad name or too many. */
export function readChannelNames(text: string): string[] {
  const names = text.split(',');
  if (names.length > maxChannels) {
    throw new Refusal(400, `One connection can follow at most ${maxChannels} channels here, not ${names.length}.`);
  }
  return names.map(readChannelName);
}

/** @throws {Refusal} 400 for a bad name, 403 for a channel that only the server publishes to. */
export function readPublishableName(text: string): string {
  if (readChannelName(text) !== serverChannel && !text.startsWith(visitorPrefix)) return text;
  throw new Refusal(403, `Only the server itself publishes to the channel "${text}".`);
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
