/** A server in its own process, on core 0 if processes can be pinned. */
export interface ServerHandle {
  readonly port: number;
  /** Publishes so many events in one turn of the server's event loop. */
  publish(count: number): void;
  /** Starts counting CPU time. */
  mark(): void;
  /** Returns the user and system time of the server since the mark, in µs. */
  read(): Promise<number>;
  /** @param reclaim true if it should also give back all that it can. Defaults to false. */
  memory(reclaim?: boolean): Promise<Memory>;
  stop(): Promise<void>;
}

/** Bytes in use, without garbage when the process can collect it. */
export interface Memory {
  readonly rss: number;
  /** The same once V8 has given back all that it can, as it does when memory is short. */
  readonly reclaimed?: number;
  /** Bytes of the JavaScript heap, if there is one. */
  readonly heap?: number;
  /** Bytes of buffers, which are not in the heap. */
  readonly buffers?: number;
}

/** Runs a task with a server and stops it. */
export async function withServer<S extends ServerHandle, T>(started: Promise<S>, task: (server: S) => Promise<T>) {
  const server = await started;
  try {
    return await task(server);
  } finally {
    await server.stop();
  }
}
