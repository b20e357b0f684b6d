/** A server in a process of its own, on core 0 where cores can be chosen, as the bench sees it. */
export interface ServerHandle {
  readonly port: number;
  /** Publishes so many events in one turn of the server's event loop. */
  publish(count: number): void;
  /** Counts CPU from here. */
  mark(): void;
  /** User and system time of the server since the mark, in µs. */
  read(): Promise<number>;
  memory(): Promise<Memory>;
  stop(): Promise<void>;
}

/** Bytes in use, garbage apart where there is any and the process can collect it. */
export interface Memory {
  readonly rss: number;
  /** Of JavaScript, where there is JavaScript. */
  readonly heap?: number;
}

/** Has a task done with a server, and stops it. */
export async function withServer<S extends ServerHandle, T>(started: Promise<S>, task: (server: S) => Promise<T>) {
  const server = await started;
  try {
    return await task(server);
  } finally {
    await server.stop();
  }
}
