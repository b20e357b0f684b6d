import { userInfo } from 'node:os';

/** The settings of the front end. */
export interface FrontEnd {
  /** The folder for its files. */
  readonly folder: string;
  readonly port: number;
  /** The ports of the nodes. */
  readonly nodes: readonly number[];
  /** The port of the server that lists and kills nodes. */
  readonly control: number;
}

/**
 * An ordinary reverse proxy. Requests go to the nodes in turn, without stickiness, and WebSocket
 * handshakes pass. It buffers no stream because the nodes send the header `X-Accel-Buffering`.
 */
export function nginxConfig({ folder, port, nodes, control }: FrontEnd): string {
  // Workers of root would run as another user, who may not enter the folder.
  const user = process.getuid?.() === 0 ? `user ${userInfo().username};` : '';
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `${user}
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log warn;
events { worker_connections 1024; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  upstream nodes {
    ${nodes.map((node) => `server 127.0.0.1:${node} fail_timeout=1s;`).join('\n    ')}
  }
  server {
    listen ${port};
    location = /demo/nodes { proxy_pass http://127.0.0.1:${control}; }
    location /demo/nodes/ { proxy_pass http://127.0.0.1:${control}; }
    location / {
      proxy_pass http://nodes;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
    }
  }
}
`;
}
