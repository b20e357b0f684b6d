import { type ChildProcess, spawn } from 'node:child_process';
import { EventSource } from 'eventsource';
import { fetch as undiciFetch } from 'undici';
import { type SystemProgram, systemProgram } from '../../kit/system-program';

/** A client that reads a stream. `read` gives the text that it has decoded so far. */
export interface ReadingClient {
  read(): string;
  /** Settles with true if the client takes the stream for whole. */
  readonly ended: Promise<boolean>;
  close(): unknown;
}

export interface ClientKind {
  readonly program?: SystemProgram;
  /** The transports that it reads. */
  readonly transports: readonly string[];
  open(url: string): ReadingClient;
}

const all = ['sse', 'ndjson', 'comet'];

/** Prints the text as it comes, and fails where the end is missing. */
const pythonScript = `
import requests, sys
with requests.get(sys.argv[1], stream=True, timeout=30) as response:
    for piece in response.iter_content(chunk_size=1):
        sys.stdout.buffer.write(piece)
        sys.stdout.flush()
`;

export const clientKinds: Readonly<Record<string, ClientKind>> = {
  'fetch of Node': { transports: all, open: (url) => byFetch(fetch, url) },
  undici: { transports: all, open: (url) => byFetch(undiciFetch as unknown as typeof fetch, url) },
  eventsource: { transports: ['sse'], open: byEventSource },
  'curl --compressed': {
    program: systemProgram('curl'),
    transports: all,
    open: (url) => byProgram('curl', ['-sS', '-N', '--compressed', url]),
  },
  'requests of Python': {
    program: systemProgram('requests'),
    transports: all,
    open: (url) => byProgram('/usr/bin/python3', ['-c', pythonScript, url]),
  },
};

/** A client that accepts no compression. */
export const plainCurl = (url: string): ReadingClient => byProgram('curl', ['-sS', '-N', url]);

function byFetch(get: typeof fetch, url: string): ReadingClient {
  const leaving = new AbortController();
  let text = '';
  const run = async () => {
    const response = await get(url, { signal: leaving.signal });
    const decoder = new TextDecoder();
    for await (const bytes of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(bytes, { stream: true });
    }
    return true;
  };
  const ended = run().catch(() => false);
  return { read: () => text, ended, close: () => leaving.abort() };
}

function byEventSource(url: string): ReadingClient {
  const source = new EventSource(url);
  let text = '';
  source.onmessage = ({ data }) => {
    text += `${data}\n`;
  };
  // It takes the end for a loss, and comes back.
  const ended = new Promise<boolean>((resolve) => {
    source.onerror = () => {
      source.close();
      resolve(true);
    };
  });
  return { read: () => text, ended, close: () => source.close() };
}

function byProgram(program: string, words: readonly string[]): ReadingClient {
  const child: ChildProcess = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (more: string) => {
    text += more;
  });
  const ended = new Promise<boolean>((resolve) => child.once('close', (code) => resolve(code === 0)));
  return { read: () => text, ended, close: () => child.kill() };
}
