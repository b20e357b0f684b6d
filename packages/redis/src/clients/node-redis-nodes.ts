import { type Emitter, handleListeners, handleRejections } from './handled';

/** The parts of a `createCluster` that reach its connections for subscriptions. */
interface Nodes {
  on(event: string, listener: () => void): unknown;
  readonly masters?: readonly { readonly pubSub?: { readonly client: Emitter } | undefined }[];
  readonly pubSubNode?: { readonly client: Emitter } | undefined;
}

/**
 * Keeps a cluster from ending the process by promises that the library does not await. After a slot
 * has moved, it looks up the slots and subscribes anew, also where the client is destroyed
 * meanwhile.
 *
 * If the library renames its event `__MOVED`, the look-up is not guarded.
 *
 * @param lost is told that no server said where the slots are. The library has forgotten
 * subscriptions then.
 */
export function keepNodesHandled(cluster: object, lost: (error: unknown) => void): void {
  handleRejections(cluster, 'subscribe', 'sSubscribe');
  const nodes = cluster as Nodes;
  const known = new WeakSet<Emitter>();
  nodes.on('node-connect', () => {
    const clients = [nodes.pubSubNode, ...(nodes.masters ?? []).map(({ pubSub }) => pubSub)];
    for (const one of clients) {
      if (one === undefined || known.has(one.client)) continue;
      known.add(one.client);
      handleListeners(one.client, '__MOVED', lost);
    }
  });
}
