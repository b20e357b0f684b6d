import { type PageFile, readPageFile, readPageFiles } from '../page-files';

/**
 * The headers of a channel's responses. A comet document adds a nonce for its own scripts, and only
 * the page may frame it.
 */
export const streamHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "default-src 'none'; script-src 'none'; base-uri 'none'; frame-ancestors 'self'",
  'Referrer-Policy': 'no-referrer',
};

/** Reads the files of the page by their URL path: its own, the client's, and the chart library. */
export function readPage(): ReadonlyMap<string, PageFile> {
  const files = readPageFiles('demo/public');
  files.set('/vendor/uplot.js', readPageFile(require.resolve('uplot/dist/uPlot.esm.js')));
  files.set('/vendor/uplot.css', readPageFile(require.resolve('uplot/dist/uPlot.min.css')));
  return files;
}
