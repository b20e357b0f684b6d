import type { Clock } from '../environment/clock.js';

/** Notices that the leader is silent. */
export interface LeaderWatch {
  /** Asks the leader for a sign of life. Returns the time by which it must have answered. */
  ask(): number;
  /** The leader gave a sign of life. */
  heard(): void;
  stop(): void;
}

/**
 * Watches a leader. One that is silent is asked, because the timers of a hidden tab may be a minute
 * late, while its answers are not. Each tab asks at a random time, so that the first one asks for
 * all.
 *
 * @param timeout the longest silence, and the time for an answer, in ms.
 * @param ask asks the leader.
 * @param onSilent is called each time that the leader has not answered.
 */
export function watchLeader(
  clock: Clock,
  random: () => number,
  timeout: number,
  ask: () => void,
  onSilent: () => void,
): LeaderWatch {
  /** The time by which the leader must have answered, if it was asked. */
  let deadline: number | undefined;
  let heardAt = clock.now();
  let stopTimer = () => {};
  const set = (ms: number, act: () => void) => {
    stopTimer();
    stopTimer = clock.after(ms, act);
  };

  const waitForSilence = () => {
    const silence = (timeout * (1 + random())) / 2;
    set(silence, () => (clock.now() < heardAt + silence ? waitForSilence() : watch.ask()));
  };
  const onDeadline = () => {
    // After a suspension of this tab, the answer may still wait behind this timer.
    const isLate = clock.now() > (deadline as number) + timeout;
    watch.heard();
    if (isLate) watch.ask();
    else onSilent();
  };
  const watch: LeaderWatch = {
    ask() {
      if (deadline === undefined) {
        deadline = clock.now() + timeout;
        set(timeout, onDeadline);
        ask();
      }
      return deadline;
    },
    heard() {
      heardAt = clock.now();
      if (deadline !== undefined) waitForSilence();
      deadline = undefined;
    },
    stop: () => stopTimer(),
  };
  return watch;
}
