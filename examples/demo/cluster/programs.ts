import { existsSync } from 'node:fs';
import path from 'node:path';

/** A program that the cluster needs. */
export interface Program {
  readonly name: string;
  /** The name of its Debian package. */
  readonly debian: string;
}

export const redisServer: Program = { name: 'redis-server', debian: 'redis-server' };
export const nginx: Program = { name: 'nginx', debian: 'nginx' };

/** Folders of programs for administrators, which may be missing in PATH. */
const more = ['/usr/sbin', '/usr/local/sbin', '/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'];

/** A program is missing. The message says how to install it. */
export class MissingProgram extends Error {
  override readonly name = 'MissingProgram';
}

/** @throws {MissingProgram} with the command that installs it. */
export function findProgram({ name, debian }: Program, search = process.env.PATH ?? ''): string {
  const folders = [...search.split(path.delimiter), ...more];
  const found = folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new MissingProgram(`${name} is missing. To install it on Debian: sudo apt-get install -y ${debian}`);
}
