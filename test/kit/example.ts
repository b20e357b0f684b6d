import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { build } from './build';
import { freePort } from './free-port';

const root = join(__dirname, '../..');

/** Builds all examples, quickly when nothing has changed. */
export const buildExamples = (): Promise<void> => build('examples');

/** The path of a built example. */
export const builtExample = (name: string): string => join(root, 'examples/dist', `${name}.js`);

/** Starts an example in its own process and waits until it answers. */
export async function startExample(
  name: string,
  env: NodeJS.ProcessEnv = {},
): Promise<{ origin: string; child: ChildProcess }> {
  const port = await freePort();
  const child = spawn(process.execPath, [builtExample(name)], {
    env: { ...process.env, ...env, PORT: String(port) },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const origin = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`);
    const answered = await fetch(`${origin}/nowhere`).then(
      () => true,
      () => false,
    );
    if (answered) return { origin, child };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${name} did not listen`);
}
