import type { Backplane, PresenceHeld, RunStore, StateStore } from '@pushwire/core/backplanes';
import { type CallName, type Calls, type Given, protocolVersion } from '../protocol/calls';
import { ownMessage } from '../protocol/news';
import type { CallLimits } from './call-limits';
import type { ConnectionCounts } from './connection-counts';
import type { Holds } from './holds';
import type { Member } from './member';
import type { Members } from './members';
import type { ServedLogs } from './served-logs';

/** The parts of the broker that do the work of calls. */
export interface CallHandlersHost {
  readonly limits: CallLimits;
  readonly backplane: Backplane & { readonly runs: RunStore; readonly states: StateStore };
  readonly members: Members;
  readonly logs: ServedLogs;
  readonly counts: ConnectionCounts;
  readonly holds: Holds;
}

/** Does the work of each call. It returns the reply, or a promise of it. */
export type CallHandlers = {
  readonly [Name in CallName]: (
    member: Member,
    given: Given<Name>,
  ) => ReturnType<Calls[Name]> | Promise<ReturnType<Calls[Name]>>;
};

/** Makes the handlers of all calls. */
export function callHandlers({ limits: all, backplane, members, logs, counts, holds }: CallHandlersHost): CallHandlers {
  const { runs, states } = backplane;
  const settled = (work: (done: () => void) => void) => new Promise<void>(work);
  return {
    hello(member, { version, process }) {
      if (version !== protocolVersion)
        throw new Error(
          `It speaks version ${protocolVersion} of its protocol, and the worker ${version}. ` +
            'Both need the same version of @pushwire/cluster.',
        );
      members.welcome(member, process);
    },
    ping() {},
    append: (_, { log, limits, message }) => all.during(limits, () => backplane.append(log, ownMessage(message))),
    write(_, { log, limits, write }) {
      const own = { ...write, messages: write.messages.map(ownMessage) };
      return all.during(limits, () => (backplane.write as NonNullable<Backplane['write']>)(log, own));
    },
    end: (_, { log, limits }) => all.during(limits, () => backplane.end(log)),
    delete: (_, { log, limits, newest }) => all.during(limits, () => backplane.delete?.(log, newest)),
    follow: (member, { log, limits, from }) =>
      settled((done) => all.during(limits, () => logs.follow(member, log, from, done))),
    unfollow: (member, { log }) => logs.unfollow(member, log),
    refresh: (member, { log }) => settled((done) => logs.refresh(member, log, done)),
    connections(member, { log }) {
      const others = [...logs.membersOf(log)].filter((other) => other !== member);
      return new Promise((done) => counts.ask(others, log, done));
    },
    claim: (member, { log, claim }) => runs.claim(log, claim, (reason) => member.send({ stop: claim.owner, reason })),
    writeRun: (_, { log, write }) => runs.write(log, { ...write, messages: write.messages.map(ownMessage) }),
    stopRun: (_, { log, stop }) => runs.stop(log, stop),
    runRecord: (_, { log }) => runs.state(log),
    writeValue: (_, { log, limits, write }) => all.during(limits, () => states.write(log, write)),
    readValues(_, { log, limits, key }) {
      return all.during(limits, () => {
        holds.sweep(log);
        return states.read(log, key);
      });
    },
    clearValues: (_, { log, limits }) => all.during(limits, () => states.clear(log)),
    hold: (member, { log, limits, hold }): PresenceHeld =>
      all.during(limits, () => holds.hold(log, hold, limits, member)),
    countMembers: (_, { log, limits }) => all.during(limits, () => holds.count(log)),
  };
}
