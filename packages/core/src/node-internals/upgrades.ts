// Node does not document what this function uses. It says what happens if Node changes it, and
// `test/node-internals.test.ts` checks each assumption on every supported version.

import type { IncomingMessage } from 'node:http';

/** A server that Node asks whether it takes the upgrade that a request offers. */
type AskedServer = { shouldUpgradeCallback?: (request: IncomingMessage) => boolean };

/** From Node 25 on, an `upgrade` listener gets no socket to serve until the body is read. */
const readsBodies = Number(process.versions.node.split('.', 1)[0]) >= 25;

/**
 * Lets Node serve some requests with bodies as if they offered no upgrade, where it reads bodies
 * itself: `server.shouldUpgradeCallback`, which is documented as an option of a new server. As in
 * any app on Node, a request that is pipelined behind such a body is then lost.
 *
 * Before Node 25, and if it is missing, these requests become `upgrade` events. Their bodies are
 * expected to be unread.
 */
export function serveWithoutUpgrade(server: object, isOrdinary: (request: IncomingMessage) => boolean): void {
  const asked = server as AskedServer;
  const { shouldUpgradeCallback } = asked;
  if (!readsBodies || shouldUpgradeCallback === undefined) return;
  asked.shouldUpgradeCallback = function (request) {
    return !isOrdinary(request) && shouldUpgradeCallback.call(this, request);
  };
}
