import { join } from 'node:path';
import { compileFunction } from 'node:vm';
import { build } from 'esbuild';

const root = join(__dirname, '..', '..', '..');

/** Loads a package that is published as ES modules alone, which Jest cannot import. */
export async function loadEsModule<T>(name: string): Promise<T> {
  const { outputFiles } = await build({
    stdin: { contents: `export * from '${name}';`, resolveDir: root },
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node20',
    logLevel: 'error',
  });
  const module = { exports: {} };
  const parameters = ['module', 'exports', 'require', 'console'];
  const run = compileFunction(outputFiles[0]?.text ?? '', parameters, { filename: name });
  run(module, module.exports, require, console);
  return module.exports as T;
}
