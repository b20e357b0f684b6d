// Run by `prepublishOnly`, in the folder of a package: refuses to publish while the package doesn't
// say where its source is and where its problems are reported. npm needs the former for provenance.
// A dry run only warns.
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

const folder = `packages/${basename(process.cwd())}`;
const { name, repository, homepage, bugs } = JSON.parse(readFileSync('package.json', 'utf8'));

const missing = [
  typeof repository?.url !== 'string' && `"repository": { "type": "git", "url": …, "directory": "${folder}" }`,
  repository && repository.directory !== folder && `"directory": "${folder}" in "repository"`,
  !homepage && '"homepage"',
  !(bugs?.url ?? bugs) && '"bugs"',
  !existsSync('dist/index.js') && 'dist/index.js, which `npm run build` makes',
].filter(Boolean);

if (missing.length > 0) {
  console.warn(`${name} can't be published yet. Missing: ${missing.join('; ')}. See docs/releasing.md.`);
  if (process.env.npm_config_dry_run !== 'true') process.exitCode = 1;
}
