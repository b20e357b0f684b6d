/** One process among several that share the work. */
export interface NodeIdentity {
  readonly name: string;
  readonly framework: string;
  /** The port that it listens on. */
  readonly port: number;
  readonly pid: number;
}

/** The header with the node's name. `Demo.welcome` tells it to pages that cannot read it. */
export const nodeHeader = 'Demo-Node';

/** Identifies this process. Without a name it gets one from its framework and port. */
export function identify(framework: string, port: number, name = `${framework.toLowerCase()}-${port}`): NodeIdentity {
  return { name, framework, port, pid: process.pid };
}

/** The answer of `GET /demo/nodes`. */
export interface NodeList {
  /** The server's clock, in ms since 1970. */
  readonly time: number;
  /** True when `POST /demo/nodes/NAME/kill` kills a node. */
  readonly killable: boolean;
  readonly nodes: readonly NodeState[];
}

/** A node and its state, which is also the data of an event `node`. */
export interface NodeState extends Omit<NodeIdentity, 'pid'> {
  /** Absent while there is no process. */
  readonly pid?: number | undefined;
  readonly state: 'starting' | 'running' | 'killed';
}
