import { createServer, type ServerResponse } from 'node:http';
import type { FanOutServer } from './server';

/** The floor, without framework and with one text for all clients. */
export function create(): FanOutServer {
  let open: ServerResponse[] = [];
  return {
    server: createServer((_request, response) => void open.push(response)),
    publish(event) {
      const body = Buffer.from(JSON.stringify(event));
      const answered = open;
      open = [];
      for (const response of answered) {
        response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length });
        response.end(body);
      }
    },
    held: () => open.length,
  };
}
