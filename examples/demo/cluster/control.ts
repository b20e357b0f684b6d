import { createServer, type Server } from 'node:http';
import express from 'express';
import type { NodeList } from '../node-identity';
import type { NodeProcess } from './node-process';

/** Lists the nodes and kills them by name. In this demo, anyone with the page may do that. */
export function controlServer(nodes: readonly NodeProcess[]): Server {
  const app = express().disable('x-powered-by').disable('etag');

  app.get('/demo/nodes', (_request, response) => {
    response.json({ time: Date.now(), killable: true, nodes: nodes.map(({ state }) => state) } satisfies NodeList);
  });

  app.post('/demo/nodes/:name/kill', (request, response) => {
    const node = nodes.find(({ plan }) => plan.name === request.params.name);
    if (node?.kill()) response.status(202).json(node.state);
    else response.status(node ? 409 : 404).json({ error: `No node ${request.params.name} is running.` });
  });

  return createServer(app);
}
