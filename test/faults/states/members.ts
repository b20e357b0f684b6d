import { setTimeout as pause } from 'node:timers/promises';
import { fail } from '../../kit/history';
import type { Random } from '../../kit/random';
import type { Chronicle } from './chronicle';
import { Follower, type Habits } from './follower';
import type { StateNode } from './node-process';
import { rooms } from './words';

/** A time in which a process has a member. */
export interface Hold {
  readonly room: string;
  readonly id: string;
  readonly node: StateNode;
  readonly life: number;
  readonly since: number;
  /** The time at which the client or the app has left. */
  until: number;
}

const ids = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6'];
const names = Object.keys(rooms);

/** Those who are members. They join by hand and by their connections, update, and leave. */
export class Members {
  readonly holds: Hold[] = [];
  readonly tabs: Tab[] = [];
  #isStopped = false;

  constructor(
    readonly nodes: readonly StateNode[],
    readonly chronicles: ReadonlyMap<string, Chronicle>,
    readonly next: () => number,
    readonly random: Random,
  ) {}

  /** Makes the pages that are members while they are connected. */
  open(count: number): void {
    for (let i = 1; i <= count; i++) {
      const random = this.random.fork();
      const [room, id] = [random.pick(names), random.pick(ids)];
      const transports = ['sse', 'ndjson', 'comet', 'websocket'];
      const habits = {
        transports,
        stay: random.pick([1500, 6000]),
        absence: random.pick([200, 2000]),
        forgets: 0.2,
        isSlow: false,
      };
      this.tabs.push(new Tab(`tab ${i} of ${id} in ${room}`, room, id, habits, this, random));
    }
  }

  /** Changes members by hand until `stop`. */
  async run(): Promise<void> {
    while (!this.#isStopped) {
      await this.#act(this.random);
      await pause(this.random.between(10, 250));
    }
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** A number that a member says of itself. */
  say(room: string, id: string): number {
    const w = this.next();
    this.chronicles.get(room)?.say(w, id);
    this.#updated.delete(`${room} ${id}`);
    return w;
  }

  /** The members that processes have which live, with what they say of themselves where that is known. */
  present(room: string): ReadonlyMap<string, number | undefined> {
    const held = this.holds.filter((hold) => hold.room === room && isHeld(hold));
    return new Map(held.map(({ id }) => [id, this.#updated.get(`${room} ${id}`)]));
  }

  /** Updates one member in each room, through any of these nodes. */
  async updateOne(nodes: readonly StateNode[]): Promise<void> {
    for (const room of names) {
      const [id] = this.present(room).keys();
      if (id === undefined) continue;
      const [w, node] = [this.say(room, id), this.random.pick(nodes)];
      const reply = await node.ask('update', { room, id, data: { w } });
      if ('value' in reply && !reply.value) fail(`${node.name} cannot update ${id} in ${room}`);
      // On a busy machine, a call may take too long.
      if (!('value' in reply)) continue;
      this.#updated.set(`${room} ${id}`, w);
    }
  }

  async #act(random: Random): Promise<void> {
    const node = random.pick(this.nodes);
    const own = this.#byHand.filter((hold) => isHeld(hold) && hold.node === node);
    const hold = random.pick(own);
    if (!node.isUp) return;
    const { life } = node;
    if (hold === undefined || random.chance(0.4)) {
      const [room, id] = [random.pick(names), random.pick(ids)];
      const w = this.say(room, id);
      const joined: Hold = { room, id, node, life, since: Date.now(), until: Number.POSITIVE_INFINITY };
      const reply = await node.ask('join', { room, id, data: { w } });
      if (!('value' in reply)) return;
      this.holds.push(joined);
      this.#byHand.push(joined);
      this.#handles.set(joined, w);
    } else if (random.chance(0.5)) {
      hold.until = Date.now();
      await node.ask('leave', this.#handles.get(hold) as number);
    } else {
      const { room, id } = random.chance(0.5) ? hold : (random.pick(this.holds) ?? hold);
      const w = this.say(room, id);
      await node.ask('update', { room, id, data: { w } });
    }
  }

  readonly #byHand: Hold[] = [];
  readonly #handles = new Map<Hold, number>();
  /** What members have said of themselves at the end. */
  readonly #updated = new Map<string, number>();
}

/** True for a member whose process lives. */
export const isHeld = ({ node, life, until }: Hold): boolean =>
  until === Number.POSITIVE_INFINITY && node.life === life && node.isRunning;

/** A page that is a member while it is connected. */
export class Tab extends Follower {
  #hold: Hold | undefined;

  constructor(
    name: string,
    readonly room: string,
    readonly id: string,
    habits: Habits,
    readonly members: Members,
    random: Random,
  ) {
    const path = () => {
      return `/room/${room}?id=${id}&w=${members.say(room, id)}`;
    };
    super(name, path, habits, members.nodes, members.chronicles.get(room) as Chronicle, random);
  }

  protected override opened(): void {
    const { room, id, on: node, life } = this;
    if (node === undefined) return;
    this.#hold = { room, id, node, life, since: Date.now(), until: Number.POSITIVE_INFINITY };
    this.members.holds.push(this.#hold);
  }

  protected override closed(): void {
    if (this.#hold) this.#hold.until = Date.now();
  }
}
