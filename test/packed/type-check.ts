import { copyFile, readdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { run } from '../kit/run';

/** TypeScript's module resolutions, with the compiler options and files of each. */
const settings = {
  // `.ts` files are CommonJS here and `.mts` files are ES modules.
  nodenext: { module: 'nodenext', files: ['*.ts', '*.mts'] },
  bundler: { module: 'esnext', files: ['*.mts'] },
  node10: { module: 'commonjs', esModuleInterop: true, files: ['*.ts'] },
};

/**
 * Checks the project's `types` folder with a TypeScript that is installed in it.
 *
 * @returns errors in the project's files and in our packages. Errors in other packages' types are
 *   left out, since those of Koa have some beside Express.
 */
export async function typeCheck(project: string, typescript: string, moduleResolution: keyof typeof settings) {
  const folder = join(project, 'types');
  const sources = (await readdir(folder)).filter((name) => name.endsWith('.mts'));
  for (const name of sources) await copyFile(join(folder, name), join(folder, name.replace('.mts', '.ts')));
  const { files, ...options } = settings[moduleResolution];
  const strictly = { strict: true, skipLibCheck: false, noEmit: true, target: 'es2022', types: ['node'] };
  const config = join(folder, `tsconfig.${moduleResolution}.json`);
  const compilerOptions = { ...strictly, ...options, moduleResolution };
  await writeFile(config, JSON.stringify({ compilerOptions, include: files }));

  const tsc = join(project, 'node_modules', typescript, 'bin/tsc');
  const { status, output } = await run(process.execPath, [tsc, '-p', config, '--pretty', 'false'], { cwd: project });
  // Each error begins on its own line and continues on indented ones.
  const complaints = output.split(/\n(?!\s)/).filter((text) => /error TS\d/.test(text));
  if (status !== 0 && complaints.length === 0) throw new Error(`${relative(project, tsc)}:\n${output}`);
  return complaints.filter((text) => !/^node_modules\/(?!@pushwire\/)/.test(text));
}
