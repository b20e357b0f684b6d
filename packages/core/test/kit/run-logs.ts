import type { Backplane, BackplaneHost, Followed } from '../../src/backplanes/backplane';
import { createHub } from '../../src/hub/hub';
import type { HubOptions } from '../../src/hub/options';
import { Log } from '../../src/log/log';
import { runLogName } from '../../src/log/log-name';
import { createMessage } from '../../src/log/message';
import type { Outcome } from '../../src/log/outcome';
import { FakeClock } from '../../src/testing';

const forEver = { count: Infinity, bytes: Infinity, age: Infinity };

/** The log of a run, of which a test is the writer. */
export class RunLog implements Followed {
  log: Log;
  isKnown = false;
  readonly #clock: FakeClock;
  readonly #followers = new Set<() => void>();

  constructor(clock: FakeClock, epoch = 'quiet') {
    this.#clock = clock;
    this.log = new Log(epoch, forEver);
  }

  follow(onChange: () => void): Followed {
    this.#followers.add(onChange);
    return this;
  }

  stop(): void {
    // Each hub of a test follows a log once, and its groups have been emptied then.
    this.#followers.clear();
  }

  /** Begins a new life. A client of the log that had nothing yet is at its beginning. */
  start(epoch: string): this {
    const { epoch: quiet } = this.log;
    const hadLife = this.isKnown;
    this.log = new Log(epoch, forEver, 0, (other) => !hadLife && other === quiet);
    this.isKnown = true;
    return this.#changed();
  }

  write(...data: unknown[]): this {
    for (const each of data) this.log.append(createMessage(each), this.#clock.now());
    return this.#changed();
  }

  writeEvent(event: string, data: unknown): this {
    this.log.append(createMessage(data, event), this.#clock.now());
    return this.#changed();
  }

  end(outcome: Outcome): this {
    this.log.end(outcome);
    return this.#changed();
  }

  #changed(): this {
    for (const onChange of this.#followers) onChange();
    return this;
  }
}

/** Makes a hub in which a test writes the runs. */
export function hubOfRuns(options: HubOptions = {}) {
  const clock = new FakeClock();
  const logs = new Map<string, RunLog>();
  const logOf = (name: string) => {
    const log = logs.get(name) ?? new RunLog(clock);
    logs.set(name, log);
    return log;
  };
  const backplane = (host: BackplaneHost) =>
    ({
      append: () => ({ epoch: 'none', offset: 0 }),
      end: () => {},
      follow: (name, onChange) => logOf(name).follow(onChange),
      connectionsTo: (name) => host.connectionsTo(name),
      // The tests write the logs themselves.
      runs: {} as NonNullable<Backplane['runs']>,
      close: () => {},
    }) satisfies Backplane;
  const hub = createHub({ clock, backplane, ...options });
  return { clock, hub, logOf: (id: string) => logOf(runLogName(id)) };
}
