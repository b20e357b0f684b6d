import { installLimit } from './limits';
import { succeed } from './run';

/** Installs packages into the project in `cwd`, from the registry unless npm's cache has them. */
export async function npmInstall(cwd: string, packages: readonly string[]): Promise<void> {
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  try {
    await succeed('npm', ['install', ...quiet, ...packages], { cwd, timeout: installLimit });
  } catch (error) {
    const advice = `npm could not install ${packages.join(', ')}. These tests need the package registry.`;
    throw new Error(`${advice}\n${(error as Error).message}`, { cause: error });
  }
}
