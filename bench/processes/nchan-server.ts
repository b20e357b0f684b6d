import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { userInfo } from 'node:os';
import { sampleEvent, stampNow } from '../sample-event';
import { fileLimit } from './file-limit';
import { NginxProcess, nginxPath } from './nginx-process';
import { cpuMicrosOf, residentBytesOf } from './process-stats';
import type { Memory, ServerHandle } from './server-handle';

const modulePath = '/usr/lib/nginx/modules/ngx_nchan_module.so';

/** An nginx with nchan and one worker. The bench publishes by POST, as its users do. */
export class NchanServer implements ServerHandle {
  #sequence = 0;
  #mark = 0;

  private constructor(
    readonly nginx: NginxProcess,
    readonly worker: number,
    readonly publisher: Socket,
  ) {}

  static missing(): string | undefined {
    if (existsSync(nginxPath) && existsSync(modulePath)) return undefined;
    const missing = existsSync(nginxPath) ? modulePath : nginxPath;
    return `there is no ${missing}. On Debian: apt-get update && apt-get install -y nginx libnginx-mod-nchan`;
  }

  static async start(): Promise<NchanServer> {
    const nginx = await NginxProcess.start(configuration);
    const publisher = connect(nginx.port, '127.0.0.1');
    await once(publisher, 'connect');
    const server = new NchanServer(nginx, nginx.worker as number, publisher);
    // After its first answer the worker is warm. Later answers are ignored, since clients count.
    server.publish(1);
    await once(publisher, 'data');
    publisher.resume();
    return server;
  }

  get port(): number {
    return this.nginx.port;
  }

  publish(count: number): void {
    const stamp = stampNow();
    let requests = '';
    for (let i = 0; i < count; i++) {
      const body = JSON.stringify(sampleEvent(++this.#sequence, stamp));
      requests += `POST /publish HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    }
    this.publisher.write(requests);
  }

  mark(): void {
    this.#mark = cpuMicrosOf(this.worker);
  }

  async read(): Promise<number> {
    return cpuMicrosOf(this.worker) - this.#mark;
  }

  async memory(): Promise<Memory> {
    return { rss: residentBytesOf(this.worker) };
  }

  async stop(): Promise<void> {
    this.publisher.destroy();
    await this.nginx.stop();
  }
}

function configuration(folder: string, port: number): string {
  // Workers of root would run as another user, who may not enter the folder.
  const user = process.getuid?.() === 0 ? `user ${userInfo().username};` : '';
  // Twice the limit, since nginx closes connections when only a sixteenth of them is free.
  const connections = Math.min(fileLimit(), 100_000) * 2;
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
load_module ${modulePath};
${user}
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log warn;
events { worker_connections ${connections}; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  nchan_shared_memory_size 256m;
  server {
    listen 127.0.0.1:${port} backlog=1024;
    location = /publish {
      nchan_publisher http;
      nchan_channel_id bench;
      nchan_message_buffer_length 1000;
    }
    location = / {
      nchan_subscriber eventsource websocket;
      nchan_channel_id bench;
      nchan_subscriber_first_message newest;
    }
  }
}
`;
}
