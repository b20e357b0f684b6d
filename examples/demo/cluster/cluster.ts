import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createHub, type Hub, PushwireError } from '@pushwire/core';
import { serverChannel } from '../names';
import type { NodeState } from '../node-identity';
import { redisJoint } from '../redis-joint';
import { controlServer } from './control';
import { startDaemon, stopDaemon } from './daemon';
import { freePort } from './free-port';
import { nginxConfig } from './nginx-config';
import { NodeProcess } from './node-process';
import { findProgram, nginx, redisServer } from './programs';

const kinds = [
  ['express-1', 'express'],
  ['express-2', 'express'],
  ['koa-1', 'koa'],
] as const;

/** A Redis server, two nodes with Express, one with Koa, and nginx in front of them. */
export class Cluster {
  #folder = '';
  #daemons: ChildProcess[] = [];
  #nodes: NodeProcess[] = [];
  #control: Server | undefined;
  #hub: Hub | undefined;

  /**
   * Starts everything. When it fails, it ends what it has started.
   *
   * @param port the port on which nginx listens; 0 for any free one.
   * @returns the port.
   * @throws {MissingProgram} when a program is not installed.
   * @throws {Error} the system's error when the port is not available, or one with the output of a
   *   program that did not start.
   */
  async start(port: number): Promise<number> {
    const free = await freePort(port);
    const programs = { redis: findProgram(redisServer), nginx: findProgram(nginx) };
    this.#folder = await mkdtemp(path.join(tmpdir(), 'pushwire-cluster-'));
    try {
      const redis = await this.#startRedis(programs.redis);
      // This hub serves no clients. It only publishes the states of the nodes.
      this.#hub = createHub({ backplane: redisJoint(redis).backplane });
      await this.#startNodes(redis);
      return await this.#startNginx(programs.nginx, free);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Ends everything, the nodes first, so that they can say goodbye to their clients. */
  async close(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.close()));
    await this.#hub?.close();
    for (const daemon of this.#daemons.reverse()) await stopDaemon(daemon);
    this.#control?.close();
    this.#control?.closeAllConnections();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #startRedis(program: string): Promise<string> {
    const port = await freePort();
    const words = ['--port', String(port), '--bind', '127.0.0.1', '--dir', this.#folder, '--save', ''];
    this.#daemons.push(await startDaemon(program, words, port));
    return `redis://127.0.0.1:${port}`;
  }

  async #startNodes(redis: string): Promise<void> {
    for (const [name, framework] of kinds) {
      const plan = { name, framework, redis, port: await freePort() };
      this.#nodes.push(new NodeProcess(plan, (state) => this.#tell(state)));
    }
    await Promise.all(this.#nodes.map((node) => node.start()));
  }

  async #startNginx(program: string, port: number): Promise<number> {
    this.#control = controlServer(this.#nodes).listen(0, '127.0.0.1');
    await once(this.#control, 'listening');
    const { port: control } = this.#control.address() as AddressInfo;
    const [folder, nodes] = [this.#folder, this.#nodes.map(({ plan }) => plan.port)];
    const file = path.join(folder, 'nginx.conf');
    await writeFile(file, nginxConfig({ folder, port, nodes, control }));
    const words = ['-p', folder, '-e', path.join(folder, 'error.log'), '-c', file];
    this.#daemons.push(await startDaemon(program, words, port));
    return port;
  }

  async #tell(state: NodeState): Promise<void> {
    try {
      await this.#hub?.channel(serverChannel).publish(state, { event: 'node' });
    } catch (error) {
      // The hub logs that Redis is down, and nobody needs to be told that the hub is closed.
      if (!(error instanceof PushwireError)) throw error;
    }
  }
}
