import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { npmInstall } from '../kit/npm-install';

const fixtures = resolve(__dirname, 'fixtures');

/** Makes a user's project from scratch, with these packages and the fixtures as its files. */
export async function makeProject(folder: string, packages: readonly string[]): Promise<string> {
  await mkdir(folder);
  await writeFile(join(folder, 'package.json'), '{ "name": "somebodys-app", "private": true }\n');
  await npmInstall(folder, packages);
  await cp(fixtures, folder, { recursive: true });
  return folder;
}
