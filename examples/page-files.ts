import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A file of a page, ready to be sent. */
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
 * Reads the files of a page by their URL path: those of a folder of the examples, and the ES
 * modules of `@pushwire/client` as they are built. Nothing comes from another host.
 */
export function readPageFiles(folder: string): Map<string, PageFile> {
  const files = new Map([
    ...readFolder('/', folderOf('@pushwire/examples', folder)),
    ...readFolder('/client/', folderOf('@pushwire/client', 'dist/esm')),
  ]);
  files.set('/', files.get('/index.html') as PageFile);
  return files;
}

export function readPageFile(file: string): PageFile {
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

function folderOf(name: string, folder: string): string {
  return path.join(path.dirname(require.resolve(`${name}/package.json`)), folder);
}

function readFolder(url: string, folder: string): [string, PageFile][] {
  const names = readdirSync(folder, { recursive: true }) as string[];
  const wanted = names.filter((name) => path.extname(name) in types);
  return wanted.map((name) => [url + name.split(path.sep).join('/'), readPageFile(path.join(folder, name))]);
}
