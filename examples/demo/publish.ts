import type { IncomingMessage } from 'node:http';
import type { Channel, Hub } from '@pushwire/core';
import { readBody } from './body';
import { readPublishableName } from './names';
import { readParameter } from './query';
import { readText } from './read-text';
import { Refusal } from './refusal';

const maxBytes = 64 * 1024;

/**
 * Publishes the body of a request to a channel, with the event name of the query.
 *
 * @returns the answer, to be sent with 202.
 * @throws {Refusal} 400, 403, 413 or 415.
 */
export async function publishRequest(hub: Hub, name: string, request: IncomingMessage): Promise<{ id: string }> {
  const channel = hub.channel(readPublishableName(name));
  const event = readParameter(request, 'event');
  const data = readBody(request.headers['content-type'], await readText(request, maxBytes));
  return { id: await publish(channel, data, event) };
}

async function publish(channel: Channel, data: unknown, event: string | undefined): Promise<string> {
  try {
    return await channel.publish(data, event === undefined ? {} : { event });
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new Refusal(400, `This cannot be published. ${cause.message}.`, { cause });
  }
}
