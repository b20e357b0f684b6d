// Builds the packages as for publishing.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';

const projects = readdirSync('packages').flatMap((name) => {
  const folder = `packages/${name}`;
  return [folder, `${folder}/tsconfig.esm.json`].filter((path) => existsSync(path));
});
execFileSync('node_modules/.bin/tsc', ['-b', ...projects], { stdio: 'inherit' });
// Marks these files as ES modules, since the package's other files are CommonJS.
const [mark, type] = ['packages/client/dist/esm/package.json', '{ "type": "module" }\n'];
// Written once, since tests load the package while another one builds it.
if (!existsSync(mark)) writeFileSync(mark, type);
