import { createServer, type Server } from 'node:http';
import express from 'express';
import type { NodeList } from '../node-identity';
import type { NodeProcess } from './node-process';

/** Tells the page how the nodes are, and kills the one that it names. Anybody who can open the page may: it is a demo. */
export function controlServer(nodes: readonly NodeProcess[]): Server {
  const app = express().disable('x-powered-by').disable('etag');

  app.get('/demo/nodes', (_request, response) => {
    response.json({ time: Date.now(), killable: true, nodes: nodes.map(({ state }) => state) } satisfies NodeList);
  });

  app.post('/demo/nodes/:name/kill', (request, response) => {
    const node = nodes.find(({ plan }) => plan.name === request.params.name);
    if (node?.kill()) response.status(202).json(node.state);
    else response.status(node ? 409 : 404).json({ error: `There is no node ${request.params.name} that runs.` });
  });

  return createServer(app);
}
