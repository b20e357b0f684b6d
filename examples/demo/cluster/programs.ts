import { existsSync } from 'node:fs';
import path from 'node:path';

/** A program of the system that the cluster needs. */
export interface Program {
  readonly name: string;
  /** Debian's package. */
  readonly debian: string;
}

export const redisServer: Program = { name: 'redis-server', debian: 'redis-server' };
export const nginx: Program = { name: 'nginx', debian: 'nginx' };

/** Folders of programs for administrators, which are not on everybody's path. */
const more = ['/usr/sbin', '/usr/local/sbin', '/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'];

/** Something that is missing; the message tells the person what to do. */
export class MissingProgram extends Error {
  override readonly name = 'MissingProgram';
}

/** @throws MissingProgram with the command that would install it. */
export function findProgram({ name, debian }: Program, search = process.env.PATH ?? ''): string {
  const folders = [...search.split(path.delimiter), ...more];
  const found = folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new MissingProgram(`${name} is missing. To install it on Debian: sudo apt-get install -y ${debian}`);
}
