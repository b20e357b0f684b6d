import { type SystemProgram, systemProgram } from '../../kit/system-program';
import { startGzip } from '../nginx';
import { ProxyProcess } from '../proxy-process';

/** A proxy that would compress everything by itself. */
export interface CompressingProxy {
  readonly program: SystemProgram;
  /** True if the origin cannot know what the client accepts. */
  readonly hidesClients?: true;
  start(originPort: number): Promise<ProxyProcess>;
}

const [haproxy, apache, varnish, caddy] = ['haproxy', 'apache', 'varnish', 'caddy'].map(systemProgram) as [
  SystemProgram,
  SystemProgram,
  SystemProgram,
  SystemProgram,
];

export const compressingProxies: Readonly<Record<string, CompressingProxy>> = {
  nginx: { program: systemProgram('nginx'), start: startGzip },
  HAProxy: {
    program: haproxy,
    start: (originPort) =>
      ProxyProcess.start({
        program: haproxy,
        config: (_folder, port) => haproxyConfig(port, originPort),
        words: (_folder, _port, config) => ['-db', '-f', config],
      }),
  },
  Apache: {
    program: apache,
    start: (originPort) =>
      ProxyProcess.start({
        program: apache,
        config: (folder, port) => apacheConfig(folder, port, originPort),
        words: (_folder, _port, config) => ['-X', '-f', config],
      }),
  },
  Varnish: {
    program: varnish,
    hidesClients: true,
    start: (originPort) => startVarnish(vcl(originPort)),
  },
  'Varnish that passes requests on': {
    program: varnish,
    start: (originPort) => startVarnish(`${vcl(originPort)}sub vcl_recv { return (pass); }\n`),
  },
  Caddy: {
    program: caddy,
    start: (originPort) =>
      ProxyProcess.start({
        program: caddy,
        config: (_folder, port) => caddyfile(port, originPort),
        words: (_folder, _port, config) => ['run', '--config', config, '--adapter', 'caddyfile'],
      }),
  },
};

function startVarnish(config: string): Promise<ProxyProcess> {
  return ProxyProcess.start({
    program: varnish,
    config: () => config,
    words: (folder, port, file) => [
      ...['-F', '-j', 'none', '-n', folder, '-a', `127.0.0.1:${port}`, '-f', file, '-s', 'malloc,16m'],
    ],
  });
}

function haproxyConfig(port: number, originPort: number): string {
  return `
defaults
  mode http
  timeout connect 5s
  timeout client 50s
  timeout server 50s
  compression algo gzip
  compression type text/event-stream text/html application/x-ndjson
frontend in
  bind 127.0.0.1:${port}
  default_backend origin
backend origin
  server one 127.0.0.1:${originPort}
`;
}

function apacheConfig(folder: string, port: number, originPort: number): string {
  const modules = ['mpm_event', 'authz_core', 'proxy', 'proxy_http', 'filter', 'deflate'];
  return `
${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
ServerRoot ${folder}
ServerName localhost
PidFile ${folder}/apache.pid
DefaultRuntimeDir ${folder}
ErrorLog ${folder}/error.log
Listen 127.0.0.1:${port}
ProxyPass / http://127.0.0.1:${originPort}/
SetOutputFilter DEFLATE
`;
}

/** By its own rules, Varnish asks for gzip whatever the client accepts. */
function vcl(originPort: number): string {
  return `vcl 4.1;
backend default { .host = "127.0.0.1"; .port = "${originPort}"; }
sub vcl_backend_response { set beresp.do_gzip = true; }
`;
}

function caddyfile(port: number, originPort: number): string {
  return `{
  admin off
  auto_https off
}
http://:${port} {
  bind 127.0.0.1
  encode gzip
  reverse_proxy 127.0.0.1:${originPort}
}
`;
}
