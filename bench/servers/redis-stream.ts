import { createServer } from 'node:http';
import { type Library, plainClient } from './redis-client';
import type { FanOutServer } from './server';

/** XADD and PUBLISH in one pipeline, so that the log and the announcements may differ. */
export async function create(library: Library, port: string): Promise<FanOutServer> {
  const redis = await plainClient(library, port);
  return {
    server: createServer(),
    publish: (event) => redis.appendAndPublish('kept', 'bench', JSON.stringify(event)),
  };
}
