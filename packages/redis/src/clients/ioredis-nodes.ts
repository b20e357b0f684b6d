import { handleRejections } from './handled';

/** A connection that the library makes for a cluster. */
interface Node {
  on(event: string, listener: () => void): this;
  removeAllListeners(event?: string): this;
}

/** The parts of a `Cluster` that reach its connections. Only the events are documented. */
interface Nodes {
  on(event: string, listener: (...given: never[]) => void): this;
  readonly shardedSubscribers?: { readonly shardedSubscribers?: Map<string, { readonly instance?: Node | null }> };
}

/**
 * Keeps the connections that the library makes for a cluster from ending the process, by an error
 * that nobody listens to or a promise that nobody awaits.
 *
 * If the library renames its subscribers, they are as the library made them.
 */
export function keepNodesHandled(cluster: Nodes): void {
  // Sent ahead of a command that a node redirects with `ASK`, and not awaited.
  cluster.on('+node', (node: Node) => handleRejections(node, 'asking'));
  const known = new WeakSet<Node>();
  cluster.on('+subscriber', () => {
    for (const { instance } of cluster.shardedSubscribers?.shardedSubscribers?.values() ?? []) {
      if (!instance || known.has(instance)) continue;
      known.add(instance);
      keepListening(instance);
    }
  });
}

/**
 * The library takes all listeners off a subscriber that it no longer needs. A reply that comes
 * later makes an error: where a slot has moved, Redis answers more than it was asked.
 */
function keepListening(node: Node): void {
  const remove = node.removeAllListeners;
  node.removeAllListeners = (...events) => {
    remove.apply(node, events);
    return node.on('error', () => {});
  };
}
