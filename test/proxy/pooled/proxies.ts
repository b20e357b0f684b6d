import { type SystemProgram, systemProgram } from '../../kit/system-program';
import { nginx, startPooling } from '../nginx';
import { ProxyProcess } from '../proxy-process';

/** A proxy that gives its connections to the origin to any client. */
export interface PoolingProxy {
  readonly program: SystemProgram;
  start(originPort: number): Promise<ProxyProcess>;
}

const varnish = systemProgram('varnish');
const caddy = systemProgram('caddy');

export const poolingProxies: Readonly<Record<string, PoolingProxy>> = {
  nginx: { program: nginx, start: startPooling },
  varnish: {
    program: varnish,
    start: (originPort) =>
      ProxyProcess.start({
        program: varnish,
        config: () => vcl(originPort),
        words: (folder, port, config) => [
          ...['-F', '-j', 'none', '-n', folder, '-a', `127.0.0.1:${port}`, '-f', config, '-s', 'malloc,16m'],
          // Each stream takes a thread.
          ...['-p', 'thread_pool_min=500'],
        ],
      }),
  },
  caddy: {
    program: caddy,
    start: (originPort) =>
      ProxyProcess.start({
        program: caddy,
        config: (_folder, port) => caddyfile(port, originPort),
        words: (_folder, _port, config) => ['run', '--config', config, '--adapter', 'caddyfile'],
      }),
  },
};

function vcl(originPort: number): string {
  return `vcl 4.1;
backend default { .host = "127.0.0.1"; .port = "${originPort}"; }
sub vcl_recv { return (pass); }
`;
}

function caddyfile(port: number, originPort: number): string {
  return `{
  admin off
  auto_https off
}
http://127.0.0.1:${port} {
  reverse_proxy 127.0.0.1:${originPort}
}
`;
}
