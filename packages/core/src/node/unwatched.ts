import { channel } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import { OutgoingMessage, ServerResponse } from 'node:http';

/** What Node's server itself does when a response has ended. */
const nodesFinish = 'bound resOnFinish';

/** Where monitors hear of it, without listening to the response. */
const finishTopic = channel('http.server.response.finish');

/** What monitors and middleware put functions of their own in the place of, to see how a response ends. */
const patched = ['end', 'emit', 'write', 'destroy'] as const;

/**
 * Whether nobody waits for the end of a response or of its request.
 *
 * @param own listeners that do not count.
 */
export function isUnwatched(response: ServerResponse, own: readonly unknown[]): boolean {
  const isHeard = response.req.eventNames().length > 0 || finishTopic.hasSubscribers;
  if (isHeard || !isNodesOwn(response)) return false;
  const ignores = (listener: unknown) => own.includes(listener) || (listener as { name: string }).name === nodesFinish;
  return response.eventNames().every((event) => response.listeners(event).every(ignores));
}

/** Some patch one response, and some patch all of them. */
function isNodesOwn(response: ServerResponse): boolean {
  const { end, destroy, write } = OutgoingMessage.prototype;
  const isPlain = response.end === end && response.destroy === destroy && response.write === write;
  const { prototype } = ServerResponse;
  return (
    isPlain && response.emit === EventEmitter.prototype.emit && !patched.some((name) => Object.hasOwn(prototype, name))
  );
}
