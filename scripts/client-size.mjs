// Prints the client's size in a page: bundled by esbuild, minified by SWC, compressed by Brotli.
// Fails when an entry exceeds its limit. With --peers, it also fetches other clients from the registry
// and prints a table of their sizes for the README.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { minify } from '@swc/core';
import { build } from 'esbuild';

/** The names of entries, their code, and the most bytes that they may have. */
const entries = [
  ['connect', "export { connect } from './index'", 4608],
  ['connectState', "export { connectState } from './state/index'", 6144],
  ['all of @pushwire/client', "export * from './index'"],
];

const peers = [
  ['socket.io-client', "export { io } from 'socket.io-client'"],
  ['centrifuge', "export { Centrifuge } from 'centrifuge'"],
  ['sockjs-client', "export { default } from 'sockjs-client'"],
  ['pusher-js', "export { default } from 'pusher-js'"],
  ['faye', "export { default } from 'faye/src/faye_browser'"],
  ['reconnecting-eventsource', "export { default } from 'reconnecting-eventsource'"],
  ['eventsource', "export { EventSource } from 'eventsource'"],
  ['@microsoft/fetch-event-source', "export { fetchEventSource } from '@microsoft/fetch-event-source'"],
];

async function sizeOf(contents, resolveDir, external = []) {
  const options = { bundle: true, format: 'esm', platform: 'browser', target: 'es2022', write: false };
  const built = await build({
    ...options,
    external,
    stdin: { contents, resolveDir },
    define: { global: 'globalThis' },
    logLevel: 'error',
  });
  const { code } = await minify(built.outputFiles[0].text, {
    module: true,
    ecma: 2022,
    compress: { ecma: 2022, passes: 3, toplevel: true },
    mangle: { toplevel: true },
  });
  return brotliCompressSync(code).length;
}

const source = resolve('packages/client/src');
for (const [name, contents, maxBytes = Number.POSITIVE_INFINITY] of entries) {
  const bytes = await sizeOf(contents, source);
  console.log(`${name}: ${bytes} bytes`);
  if (bytes <= maxBytes) continue;
  console.error(`${name} may have ${maxBytes}`);
  process.exitCode = 1;
}

if (process.argv.includes('--peers')) {
  const folder = mkdtempSync(join(tmpdir(), 'pushwire-peers-'));
  try {
    const names = peers.map(([name]) => name);
    execFileSync('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts', ...names], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    console.log(`\n| client (${new Date().toISOString().slice(0, 10)}) | min + brotli |\n| --- | ---: |`);
    for (const [name, contents] of peers) {
      const { version } = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8'));
      console.log(`| ${name} ${version} | ${(await sizeOf(contents, folder)).toLocaleString('en')} |`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
