import type { Hub } from '../hub/hub';
import type { HubRefusal } from '../delivery/close-reason';
import type { Visit } from './exchange';

/** Why a hub does not take a visitor on; `undefined` where it does. Notes who the visitor is, where clients are told apart. */
export function refusalBy<Request>(hub: Hub, visit: Visit<Request>): HubRefusal | undefined {
  if (hub.closed) return 'draining';
  const { sink } = visit;
  // Asked once: it is the app's, and after a handshake nobody is there to hear what it throws.
  if (hub.admission.tellsApart) sink.client ??= clientOf(hub, visit);
  return hub.admission.admits(sink.client) ? undefined : 'full';
}

/** Who a visitor is, as the app or its framework tells clients apart. */
export function clientOf<Request>(hub: Hub, { request, incoming, framework }: Visit<Request>): string | undefined {
  const keyOf = hub.clientKey ?? (framework.addressOf as ((request: unknown) => string | undefined) | undefined);
  return keyOf ? keyOf(request) : incoming.socket.remoteAddress;
}
