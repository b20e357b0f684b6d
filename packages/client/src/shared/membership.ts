import type { Clock } from '../environment/clock.js';
import { PushwireError } from '../wire/error.js';
import { type Locks, runForLeader } from './election.js';
import { type Follower, follow } from './follower.js';
import { lead } from './leader.js';
import { watchLeader } from './leader-watch.js';
import type { Role, RoleContext } from './role.js';
import type { TabMessage } from './tab-message.js';

/** A `BroadcastChannel` class. */
// biome-ignore lint/suspicious/noExplicitAny: the members of the browsers' and Node's differ
export type BroadcastChannelClass = new (name: string) => any;

/** Everything that a tab needs to find the others. */
export interface Meeting extends Pick<RoleContext, 'tab' | 'open'> {
  /** Tabs of the same name meet. */
  readonly name: string;
  readonly locks: Locks;
  readonly BroadcastChannel: BroadcastChannelClass;
  /** The longest silence of a leader, and the time for its answer, in ms. */
  readonly leaderTimeout: number;
  readonly clock: Clock;
  readonly random: () => number;
}

/** One tab among the others. */
export interface Membership {
  join(): void;
  /** Leaves the others, and hands over the lead. The tab may join again. */
  leave(): void;
  send(data: unknown): Promise<void>;
}

/** Makes the membership of a tab, which leads or follows. */
export function membershipOf(meeting: Meeting): Membership {
  const { name, locks, BroadcastChannel, leaderTimeout, clock, random } = meeting;
  let channel: InstanceType<BroadcastChannelClass> | undefined;
  let leader: Role | undefined;
  let follower: Follower | undefined;
  /** The highest term of a leader that this tab has heard of. */
  let term = 0;
  const context: RoleContext = { ...meeting, post: (message) => channel?.postMessage(message) };

  const endRole = () => {
    leader?.close();
    follower?.close();
    leader = follower = undefined;
  };
  const becomeLeader = () => {
    endRole();
    // This tab may not have heard of the leader that it replaces.
    term = Math.max(term + 1, clock.now() + random());
    leader = lead(context, term);
  };
  const becomeFollower = () => {
    endRole();
    const ask = () => context.post({ type: 'hello' });
    follower = follow(context, watchLeader(clock, random, leaderTimeout, ask, replaceLeader));
  };
  // The lock manager and the new leader both tell a leader that it was replaced.
  const stepDown = () => leader && becomeFollower();
  const goOn = () => follower?.goOn();
  const election = runForLeader(locks, name, becomeLeader, stepDown, goOn);
  const replaceLeader = () => {
    election.take();
    // This tab may have to wait for the lock, or not get it.
    goOn();
  };

  const onTabMessage = (message: TabMessage) => {
    if ('term' in message) {
      // A leader that was suspended goes on until it hears that it was replaced.
      if (message.term < term) return leader?.onTabMessage({ type: 'hello' });
      if (message.term > term) stepDown();
      term = message.term;
    }
    (leader ?? follower)?.onTabMessage(message);
  };

  return {
    join() {
      channel = new BroadcastChannel(name);
      channel.onmessage = ({ data }: { data: TabMessage }) => onTabMessage(data);
      becomeFollower();
      election.queue();
    },
    leave() {
      election.leave();
      endRole();
      channel?.close();
      channel = undefined;
    },
    send(data) {
      const role = leader ?? follower;
      const sent = role ? role.send(data) : Promise.reject(new PushwireError('not-open'));
      // A failure that nobody awaits must not end a process of Node.
      sent.catch(() => {});
      return sent;
    },
  };
}
