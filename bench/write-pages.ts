// Keeps the tables of docs/scale.md and bench/README.md equal to what follows from results/*.json.
// Checks; with --write, brings the documents up to date.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { documentsOf, withBlocks } from './pages/blocks';

const root = join(__dirname, '..', '..');
const write = process.argv.includes('--write');

for (const { file, blocks } of documentsOf(root)) {
  const text = readFileSync(file, 'utf8');
  const fresh = withBlocks(text, blocks);
  if (fresh === text) continue;
  if (write) writeFileSync(file, fresh);
  else {
    process.exitCode = 1;
    console.error(`${relative(root, file)}: its tables differ from the results. To update it: npm run bench:pages`);
  }
}
