import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { type ProduceContext, RunError } from '@pushwire/core';
import { push } from '@pushwire/express';
import express, { type Request } from 'express';
import { servePage } from '../express-page';
import { hubOfEnvironment } from '../hub-of-environment';

const app = express();
const hub = hubOfEnvironment();
const script = path.join(path.dirname(require.resolve('@pushwire/examples/package.json')), 'build-output/build.mjs');

// #region build
/** Runs a build, and sends what it prints. A stop of the run ends the process. */
async function build(project: string, { signal, run }: ProduceContext): Promise<void> {
  const child = spawn(process.execPath, [script, project], { signal, stdio: ['ignore', 'pipe', 'pipe'] });
  const copy = async (output: Readable, event: string) => {
    // A process that prints faster than the store takes it waits at its pipe.
    for await (const text of output.setEncoding('utf8')) await run.send(text, { event });
  };
  const [[code]] = await Promise.all([once(child, 'close'), copy(child.stdout, 'out'), copy(child.stderr, 'err')]);
  if (code !== 0) throw new RunError(`exit-${code ?? 'killed'}`);
}

app.post('/builds', express.json(), async (request, response) => {
  const id = randomUUID();
  await hub.run(id).start((context) => build(request.body.project, context));
  response.status(201).json({ id });
});

app.get(
  '/builds/:id',
  push((request: Request<{ id: string }>) => hub.run(request.params.id), {
    join: (a, b) => `${a}${b}`, // a late reader gets a few large messages
    unknownRun: 404,
  }),
);

app.delete('/builds/:id', async (request, response) => {
  await hub.run(request.params.id).stop();
  response.status(204).end();
});
// #endregion

servePage(app, hub, 'build-output/public');
