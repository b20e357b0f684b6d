import type { Commands } from '../connection/commands';
import { lifeOf } from '../connection/redis-connection';

/** A master's own view, from its replies. */
interface Master {
  readonly life: string;
  /** The name of its history of writes, and of the history that it took over. */
  readonly histories: readonly [own: string | undefined, former: string | undefined];
  readonly id: string | undefined;
  /** The lines of `CLUSTER NODES`. */
  readonly nodes: readonly (readonly string[])[];
}

export const questions = [
  ['INFO', 'server'],
  ['INFO', 'replication'],
  ['CLUSTER', 'NODES'],
] as const;

/** Reads a node's replies to {@link questions}. A node that is no master gives `undefined`. */
export function parseMaster([server, replication, nodes]: readonly unknown[]): Master | undefined {
  const [info, lines] = [
    String(replication),
    String(nodes)
      .split('\n')
      .map((line) => line.split(' ')),
  ];
  if (!/\brole:master\b/.test(info)) return undefined;
  const history = (name: string) => new RegExp(`\\b${name}:(\\w+)`).exec(info)?.[1];
  return {
    life: lifeOf(server, replication),
    histories: [history('master_replid'), history('master_replid2')],
    id: lines.find(([, , flags]) => flags?.includes('myself'))?.[0],
    nodes: lines,
  };
}

/** True if a node says that a slot belongs to another one, or is on its way to it. */
function gives({ nodes }: Master, slot: number, to: string): boolean {
  return nodes.some(([id, , flags, , , , , , ...slots]) => {
    if (flags?.includes('myself')) return slots.includes(`[${slot}->-${to}]`);
    return id === to && slots.some((range) => contains(range, slot));
  });
}

function contains(range: string, slot: number): boolean {
  const [from, to = from] = range.split('-');
  return !range.startsWith('[') && Number(from) <= slot && slot <= Number(to);
}

/**
 * True if a slot's keys have moved from the server with one life to that with another, and nothing
 * can have been lost on the way. For that, the former server must still be alive as a master, since
 * it began, and must itself have given the slot away. In a failover, it has not.
 */
export function hasMoved(masters: readonly Master[], slot: number, fromLife: string, toLife: string): boolean {
  const [from, to] = [fromLife, toLife].map((life) => masters.find((master) => master.life === life));
  if (from === undefined || to?.id === undefined || fromLife === '-') return false;
  return from.histories[0] !== to.histories[1] && gives(from, slot, to.id);
}

/** Returns the cluster's slot of a key, whose hash tag is in its first braces. */
export function slotOf(key: string): number {
  const tag = /\{([^}]+)\}/.exec(key)?.[1] ?? key;
  let crc = 0;
  for (const byte of Buffer.from(tag)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
  }
  return crc % 16_384;
}

/** Asks the masters of a cluster whether keys have moved. Keys that ask together share a round. */
export class SlotMoves {
  #asking: Promise<readonly Master[]> | undefined;
  #next: Promise<readonly Master[]> | undefined;

  constructor(readonly commands: Pick<Commands, 'askMasters'>) {}

  /** @returns false where it cannot be proven. */
  async hasMoved(key: string, fromLife: string, toLife: string): Promise<boolean> {
    return hasMoved(await this.#ask(), slotOf(key), fromLife, toLife);
  }

  /** A round that begins now or later: an earlier one says nothing of what was read since. */
  #ask(): Promise<readonly Master[]> {
    if (this.#asking === undefined) return this.#begin();
    this.#next ??= this.#asking.then(() => {
      this.#next = undefined;
      return this.#begin();
    });
    return this.#next;
  }

  #begin(): Promise<readonly Master[]> {
    const asking = this.commands
      .askMasters(questions)
      .then((replies) => replies.flatMap((reply) => parseMaster(reply) ?? []))
      .finally(() => {
        this.#asking = undefined;
      });
    this.#asking = asking;
    return asking;
  }
}
