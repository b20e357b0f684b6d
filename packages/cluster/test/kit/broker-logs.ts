import { memoryBackplane } from '@pushwire/core';
import { type Backplane, defaultStateLimits, type LogLimits, type Message } from '@pushwire/core/backplanes';
import type { FakeClock } from '@pushwire/core/testing';
import { ServedLogs } from '../../src/broker/served-logs';

export const unlimited: LogLimits = { count: Infinity, bytes: Infinity, age: Infinity };

/** Deletions are soon forgotten. */
export const stateLimits = { ...defaultStateLimits, deletions: 2, deletionAge: 30_000 };

/** The logs of a broker, in memory. */
export function brokerLogs(clock: FakeClock, limits = unlimited) {
  const backplane: Backplane = memoryBackplane()({
    clock,
    limits: { logs: 1000, logBytes: Infinity, runs: 1000 },
    limitsOf: () => limits,
    stateLimitsOf: () => stateLimits,
    connectionsTo: () => 0,
    report(error) {
      throw error;
    },
  });
  return {
    backplane,
    logs: new ServedLogs(clock, backplane, (error) => {
      throw error;
    }),
  };
}

export const textMessage = (text: string): Message => {
  return { kind: 'text', body: text, event: undefined, size: text.length };
};

export const valueMessage = (key: string, value: string): Message => {
  return { kind: 'json', body: JSON.stringify(value), event: undefined, size: value.length + 2 + key.length, key };
};

export const deletion = (key: string): Message => {
  return { kind: 'json', body: 'null', event: undefined, size: key.length, key, isDeletion: true };
};
