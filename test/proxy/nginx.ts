import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../kit/free-port';
import { systemProgram } from '../kit/system-program';

export const nginx = systemProgram('nginx');

const startTimeoutMs = 5000;

/** An nginx with its own folder and port. */
export class Nginx {
  private constructor(
    readonly port: number,
    readonly folder: string,
    readonly process: ChildProcess,
  ) {}

  /** Starts one that lets one request per URL through to the origin and shares its answer. */
  static collapsing(originPort: number): Promise<Nginx> {
    return Nginx.#start((folder, port) => collapsingConfig(folder, port, originPort));
  }

  /** Starts one that balances several processes, with the configuration of the documentation. */
  static balancing(ports: readonly number[]): Promise<Nginx> {
    return Nginx.#start((folder, port) => balancingConfig(folder, port, ports));
  }

  static async #start(configOf: (folder: string, port: number) => string): Promise<Nginx> {
    const folder = await mkdtemp(join(tmpdir(), 'pushwire-nginx-'));
    const port = await freePort();
    const config = join(folder, 'nginx.conf');
    await writeFile(config, configOf(folder, port));
    const process = spawn(nginx.path, ['-p', folder, '-e', join(folder, 'error.log'), '-c', config], {
      stdio: 'ignore',
    });
    const started = new Nginx(port, folder, process);
    await started.#untilListening();
    return started;
  }

  async stop(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const exited = once(this.process, 'exit');
      this.process.kill('SIGTERM');
      await exited;
    }
    await rm(this.folder, { recursive: true, force: true });
  }

  errors(): Promise<string> {
    return readFile(join(this.folder, 'error.log'), 'utf8');
  }

  async #untilListening(): Promise<void> {
    const end = Date.now() + startTimeoutMs;
    while (!(await isListening(this.port))) {
      if (this.process.exitCode !== null || Date.now() > end) {
        const errors = await this.errors();
        await this.stop();
        throw new Error(`nginx did not start:\n${errors}`);
      }
      await sleep(20);
    }
  }
}

/** The lock must outlast the longest hold. After its timeout every waiting request goes through. */
function collapsingConfig(folder: string, port: number, originPort: number): string {
  return configOf(
    folder,
    `
  proxy_cache_path ${folder}/cache keys_zone=polls:1m;
  keepalive_requests 100000;
  upstream origin { server 127.0.0.1:${originPort}; keepalive 16; }
  server {
    listen 127.0.0.1:${port} backlog=2048;
    location / {
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_cache polls;
      proxy_cache_key $request_uri;
      proxy_cache_lock on;
      proxy_cache_lock_timeout 60s;
      proxy_cache_lock_age 60s;
    }
  }`,
  );
}

function balancingConfig(folder: string, port: number, ports: readonly number[]): string {
  return configOf(
    folder,
    `
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  upstream app { ${ports.map((each) => `server 127.0.0.1:${each} max_fails=0;`).join(' ')} }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://app;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
    }
  }`,
  );
}

/** The settings that every nginx here needs, around its own ones. */
function configOf(folder: string, http: string): string {
  // Workers of root would run as another user, who may not enter the folder.
  const user = process.getuid?.() === 0 ? `user ${userInfo().username};` : '';
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
${user}
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log warn;
worker_rlimit_nofile 8192;
events { worker_connections 4096; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
${http}
}
`;
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
