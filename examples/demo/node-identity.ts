/** Which process this is, where several share the work. */
export interface NodeIdentity {
  readonly name: string;
  readonly framework: string;
  /** The port that it listens on. */
  readonly port: number;
  readonly pid: number;
}

/** The header by which each answer says who has made it. A page cannot read those of a comet frame or a WebSocket: see `visitors.ts`. */
export const nodeHeader = 'Demo-Node';

/** This process; without a name of its own it is told apart by framework and port. */
export function identify(framework: string, port: number, name = `${framework.toLowerCase()}-${port}`): NodeIdentity {
  return { name, framework, port, pid: process.pid };
}

/** What `GET /demo/nodes` answers, for the page. */
export interface NodeList {
  /** What the server's clock shows, in ms since 1970. */
  readonly time: number;
  /** Whether `POST /demo/nodes/NAME/kill` kills one. */
  readonly killable: boolean;
  readonly nodes: readonly NodeState[];
}

/** A node and how it is doing; what an event `node` tells, too. */
export interface NodeState extends Omit<NodeIdentity, 'pid'> {
  /** None while there is no process. */
  readonly pid?: number | undefined;
  readonly state: 'starting' | 'running' | 'killed';
}
