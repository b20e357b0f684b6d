import type { Server } from 'node:net';
import { memoryBackplane } from '@pushwire/core';
import { type Clock, PushwireError, systemClock } from '@pushwire/core/backplanes';
import type { BrokerSettings } from '../options';
import type { Call } from '../protocol/calls';
import { failureOf } from '../protocol/failure';
import type { FromWorker } from '../protocol/news';
import { createBrokerServer, listenAt } from './broker-server';
import { type CallHandlers, type CallHandlersHost, callHandlers } from './call-handlers';
import { CallLimits } from './call-limits';
import { ConnectionCounts } from './connection-counts';
import { Holds } from './holds';
import { Member, type MemberHost } from './member';
import { Members } from './members';
import { ServedLogs } from './served-logs';

/** Keeps the logs, runs and states of several processes, which connect to its socket. */
export class Broker implements MemberHost {
  readonly clock: Clock;
  readonly #settings: BrokerSettings;
  readonly #server: Server;
  readonly #parts: CallHandlersHost;
  readonly #handlers: CallHandlers;

  constructor(settings: BrokerSettings, clock: Clock = systemClock) {
    this.clock = clock;
    const limits = new CallLimits();
    const backplane = memoryBackplane()({
      clock,
      limits: settings.limits,
      limitsOf: () => limits.ofLog(),
      stateLimitsOf: () => limits.ofState(),
      connectionsTo: () => 0,
      report: (error) => this.failed(error),
    }) as CallHandlersHost['backplane'];
    const logs = new ServedLogs(clock, backplane, (error) => this.failed(error));
    const holds = new Holds({ clock, limits, states: backplane.states, failed: (error) => this.failed(error) });
    this.#parts = { limits, backplane, logs, holds, members: new Members(), counts: new ConnectionCounts(clock) };
    this.#handlers = callHandlers(this.#parts);
    this.#settings = settings;
    const { highWaterMark, maxWorkers } = settings;
    this.#server = createBrokerServer(highWaterMark);
    this.#server.on('connection', (socket) => this.#parts.members.add(new Member(socket, this)));
    this.#server.maxConnections = maxWorkers;
    this.#server.on('drop', () => this.failed(new Error(`As many workers are connected as may be (maxWorkers).`)));
  }

  /** @param staysAlive true to keep the process alive. */
  async listen(staysAlive: boolean): Promise<void> {
    if (!staysAlive) this.#server.unref();
    await listenAt(this.#server, this.#settings.path);
    this.#server.on('error', (error) => this.failed(error));
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#parts.members.close();
    await closed;
    this.#parts.holds.close();
    await this.#parts.backplane.close();
  }

  receive(member: Member, message: FromWorker): void {
    if ('answer' in message) this.#parts.counts.answer(member, message.answer, message.connections);
    else this.#serve(member, message);
  }

  left(member: Member): void {
    this.#parts.members.remove(member);
    this.#parts.logs.left(member);
    this.#parts.counts.left(member);
  }

  failed(error: unknown): void {
    this.#settings.failed(error);
  }

  #serve(member: Member, { call, name, given }: Call): void {
    const failed = (error: unknown) => {
      if (!(error instanceof PushwireError)) this.failed(error);
      member.send({ reply: call, failure: failureOf(error) });
    };
    try {
      if (member.process === undefined && name !== 'hello') throw new Error('The first call of a worker is not hello');
      const value = this.#handlers[name](member, given as never);
      if (value instanceof Promise) value.then((late) => member.send({ reply: call, value: late })).catch(failed);
      else member.send({ reply: call, value });
    } catch (error) {
      failed(error);
    }
  }
}
