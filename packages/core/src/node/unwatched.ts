import { channel } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import { OutgoingMessage, ServerResponse } from 'node:http';

/** What Node's server and we listen to, once each. */
const ours = ['finish', 'prefinish', 'close'] as const;

/** Where monitors hear of it, without listening to the response. */
const finishTopic = channel('http.server.response.finish');

/** What monitors and middleware put functions of their own in the place of, to see how a response ends. */
const patched = ['end', 'emit', 'write', 'destroy'] as const;

/** Whether nobody waits for the end of a response or of its request. Its `close` and `prefinish` are listened to by us, once. */
export function isUnwatched(response: ServerResponse): boolean {
  const isHeard = finishTopic.hasSubscribers || kindsHeard(response.req) > 0 || kindsHeard(response) !== ours.length;
  return !isHeard && isNodesOwn(response) && ours.every((event) => response.listenerCount(event) === 1);
}

/** How many kinds of events somebody listens to. Node counts them; its list of their names is slow to make. */
function kindsHeard(emitter: EventEmitter & { readonly _eventsCount?: number }): number {
  return emitter._eventsCount ?? emitter.eventNames().length;
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
