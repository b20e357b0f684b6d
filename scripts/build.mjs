// Builds the packages, as publishing does.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';

const projects = readdirSync('packages').flatMap((name) => {
  const folder = `packages/${name}`;
  return [folder, `${folder}/tsconfig.esm.json`].filter((path) => existsSync(path));
});
execFileSync('node_modules/.bin/tsc', ['-b', ...projects], { stdio: 'inherit' });
// Says what the files there are, in a package whose files are CommonJS otherwise.
writeFileSync('packages/client/dist/esm/package.json', '{ "type": "module" }\n');
