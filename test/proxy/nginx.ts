import { userInfo } from 'node:os';
import { join } from 'node:path';
import { systemProgram } from '../kit/system-program';
import { ProxyProcess } from './proxy-process';

export const nginx = systemProgram('nginx');

/** Starts an nginx that lets one request per URL through to the origin and shares its answer. */
export function startCollapsing(originPort: number): Promise<ProxyProcess> {
  return start((folder, port) => collapsingConfig(folder, port, originPort));
}

/** Starts an nginx that balances several processes, with the configuration of the documentation. */
export function startBalancing(ports: readonly number[]): Promise<ProxyProcess> {
  return start((_folder, port) => balancingConfig(port, ports));
}

/** Starts an nginx that keeps its connections to the origin and gives them to any client. */
export function startPooling(originPort: number): Promise<ProxyProcess> {
  return start((_folder, port) => poolingConfig(port, originPort));
}

/** Starts an nginx with the defaults of its package, which compresses all types. */
export function startGzip(originPort: number): Promise<ProxyProcess> {
  return start((_folder, port) => gzipConfig(port, originPort));
}

function start(http: (folder: string, port: number) => string): Promise<ProxyProcess> {
  return ProxyProcess.start({
    program: nginx,
    config: (folder, port) => configOf(folder, http(folder, port)),
    words: (folder, _port, config) => ['-p', folder, '-e', join(folder, 'error.log'), '-c', config],
  });
}

/** The lock must outlast the longest hold. After its timeout every waiting request goes through. */
function collapsingConfig(folder: string, port: number, originPort: number): string {
  return `
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
  }`;
}

function balancingConfig(port: number, ports: readonly number[]): string {
  return `
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
  }`;
}

function poolingConfig(port: number, originPort: number): string {
  return `
  keepalive_requests 100000;
  upstream origin { server 127.0.0.1:${originPort} max_fails=0; keepalive 64; }
  server {
    listen 127.0.0.1:${port} backlog=2048;
    location / {
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Connection "";
    }
  }`;
}

function gzipConfig(port: number, originPort: number): string {
  return `
  gzip on;
  gzip_types *;
  gzip_proxied any;
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://127.0.0.1:${originPort}; }
  }`;
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
