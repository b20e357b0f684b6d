import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A file of the page, ready to be sent. */
export interface PageFile {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * The headers of a channel's responses. A comet document adds a nonce for its own scripts, and only
 * the page may frame it.
 */
export const streamHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "default-src 'none'; script-src 'none'; base-uri 'none'; frame-ancestors 'self'",
  'Referrer-Policy': 'no-referrer',
};

/**
 * Reads the files of the page by their URL path: its own, the chart library, and the ES modules of
 * `@pushwire/client` as they are built. Nothing comes from another host.
 */
export function readPage(): ReadonlyMap<string, PageFile> {
  const files = new Map([
    ...readFolder('/', folderOf('@pushwire/examples', 'demo/public')),
    ...readFolder('/client/', folderOf('@pushwire/client', 'dist/esm')),
  ]);
  files.set('/', files.get('/index.html') as PageFile);
  files.set('/vendor/uplot.js', readFile(require.resolve('uplot/dist/uPlot.esm.js')));
  files.set('/vendor/uplot.css', readFile(require.resolve('uplot/dist/uPlot.min.css')));
  return files;
}

function folderOf(name: string, folder: string): string {
  return path.join(path.dirname(require.resolve(`${name}/package.json`)), folder);
}

function readFolder(url: string, folder: string): [string, PageFile][] {
  const names = readdirSync(folder, { recursive: true }) as string[];
  const wanted = names.filter((name) => path.extname(name) in types);
  return wanted.map((name) => [url + name.split(path.sep).join('/'), readFile(path.join(folder, name))]);
}

function readFile(file: string): PageFile {
  return {
    body: readFileSync(file),
    headers: {
      'Content-Type': types[path.extname(file)] ?? 'application/octet-stream',
      'Content-Security-Policy': policy,
      'Cache-Control': 'no-cache',
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
    },
  };
}
