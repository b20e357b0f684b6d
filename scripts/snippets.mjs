// Keeps the code in the documents equal to type-checked files: after a line `<!-- snippet: FILE
// -->` or `<!-- snippet: FILE#REGION -->` stands a code block with that file, or with that region
// of it. The documents are README.md, those of the packages, and all under docs/. Checks; with
// --write, brings the documents up to date.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const documents = [
  'README.md',
  ...readdirSync('packages').map((name) => `packages/${name}/README.md`),
  ...readdirSync('docs', { recursive: true })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
].filter((document) => existsSync(document));
const write = process.argv.includes('--write');
const block = /(<!-- snippet: ([^#\s]+)(?:#(\S+))? -->\n```\w+\n)([\s\S]*?)(```)/g;
let stale = 0;

for (const document of documents) {
  const text = readFileSync(document, 'utf8');
  const fresh = text.replace(block, (_whole, head, file, region, _old, tail) => head + codeOf(file, region) + tail);
  if (fresh === text) continue;
  if (write) writeFileSync(document, fresh);
  else {
    stale++;
    console.error(`${document}: its code differs from the examples. To update it: npm run snippets`);
  }
}
process.exitCode = stale > 0 ? 1 : 0;

function codeOf(file, region) {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  if (region === undefined) return `${lines.join('\n')}\n`;
  const start = lines.indexOf(`// #region ${region}`);
  const end = lines.indexOf('// #endregion', start);
  if (start < 0 || end < 0) throw new Error(`${file} has no region ${region}`);
  return `${lines
    .slice(start + 1, end)
    .join('\n')
    .trim()}\n`;
}
