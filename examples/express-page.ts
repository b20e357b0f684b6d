import type { Hub } from '@pushwire/core';
import type { Express } from 'express';
import { readPageFiles } from './page-files';

/** Serves the page of an example behind its routes, until the process is asked to stop. */
export function servePage(app: Express, hub: Hub, folder: string): void {
  const page = readPageFiles(folder);
  app.use((request, response, next) => {
    const file = page.get(request.path);
    if (file) response.set(file.headers).send(file.body);
    else next();
  });
  const server = app.listen(process.env.PORT ?? 3000);
  process.on('SIGTERM', async () => {
    server.close();
    await hub.close();
  });
}
