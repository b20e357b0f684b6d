import type { Channel } from '../hub/channel';
import type { Engine } from '../hub/engine';
import { engineFor, presumedEngine } from '../hub/engine-for';
import type { Hub } from '../hub/hub';
import type { ServedSocket } from '../node-internals/sockets';
import type { Exchange } from './exchange';

/**
 * Returns the hub's engine that serves an exchange, and ties the client's connection to it. Once
 * the hub closes, an answer takes the connection along. A client that kept it would come back to
 * the process that asked it to leave, and would keep its server from closing.
 */
export function engineOfExchange<Request>(
  exchange: Exchange<Request>,
  channels: readonly Channel[],
  hub: Hub | undefined,
): Engine {
  return tieTo(engineFor(channels, hub, serverOf(exchange)), exchange);
}

/** Returns the engine that counts an exchange while its channels are not known yet. */
export function presumedEngineOf<Request>(exchange: Exchange<Request>, hub: Hub | undefined): Engine {
  return tieTo(presumedEngine(hub, serverOf(exchange)), exchange);
}

function tieTo<Request>(engine: Engine, { sink }: Exchange<Request>): Engine {
  sink.hub = engine;
  const { session } = sink;
  if (session) engine.sessions.add(session);
  return engine;
}

const serverOf = <Request>({ incoming }: Exchange<Request>) => (incoming.socket as ServedSocket | undefined)?.server;
