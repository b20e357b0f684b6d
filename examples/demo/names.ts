import { Refusal } from './refusal';
import { visitorPrefix } from './visitors';

/** The channel on which the server speaks of itself; nobody else may publish there. */
export const serverChannel = 'server';

/** How many channels one connection of the demo may ask for. */
export const mostChannels = 20;

const pattern = /^[A-Za-z0-9_.:-]{1,64}$/;

/** @throws Refusal 400 unless the text is a channel name. */
export function readChannelName(text: string): string {
  if (pattern.test(text)) return text;
  throw new Refusal(400, `A channel name is 1 to 64 of A-Z, a-z, 0-9, "_", ".", ":" and "-"; ${quote(text)} is none.`);
}

/** Names with commas between them. @throws Refusal 400 for a bad name or too many. */
export function readChannelNames(text: string): string[] {
  const names = text.split(',');
  if (names.length > mostChannels) {
    throw new Refusal(400, `One connection can follow ${mostChannels} channels here; these are ${names.length}.`);
  }
  return names.map(readChannelName);
}

/** @throws Refusal 400 for a bad name, 403 for a channel on which the server itself speaks. */
export function readPublishableName(text: string): string {
  if (readChannelName(text) !== serverChannel && !text.startsWith(visitorPrefix)) return text;
  throw new Refusal(403, `Only the server itself publishes to the channel "${text}".`);
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
