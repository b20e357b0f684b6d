import { buildSync } from 'esbuild';

/** The client and a component with its hook as one script, which pages find as `pushwire`. */
export function clientBundle(): string {
  const contents = `
    export * from './packages/client/src/index';
    export { comet } from './packages/client/src/comet/index';
    export { connectShared } from './packages/client/src/shared/index';
    export { AnswerError, connectTwoWay } from './packages/client/src/two-way/index';
    export { connectState } from './packages/client/src/state/index';
    export { useChannel, useChannelState, useRun } from './packages/client/src/react/index';
    export { Activity, createElement, StrictMode } from 'react';
    export { createRoot } from 'react-dom/client';
  `;
  const { outputFiles } = buildSync({
    stdin: { contents, resolveDir: process.cwd(), loader: 'ts' },
    bundle: true,
    format: 'iife',
    globalName: 'pushwire',
    target: 'es2022',
    write: false,
    define: { 'process.env.NODE_ENV': '"development"' },
  });
  return outputFiles[0]?.text ?? '';
}
