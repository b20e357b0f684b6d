// Checks the prose of comments in packages/*/src, or in the folders that are given: how many
// sentences begin with who, what, whose, whom, of or where and so are no sentences, and which lines
// of prose are longer than 100 characters. Fails at one such sentence in a hundred, and at one such
// line. With --all, also prints the files in which nothing was found.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const maxShare = 0.01;
const maxLength = 100;

const given = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const folders = given.length > 0 ? given : readdirSync('packages').map((name) => `packages/${name}/src`);
const files = folders.flatMap((folder) =>
  readdirSync(folder, { recursive: true })
    .filter((name) => /\.(ts|tsx|mts|cts|js|mjs|cjs)$/.test(name))
    .map((name) => join(folder, name))
    .sort(),
);

let [sentences, fragments, longLines] = [0, 0, 0];
for (const file of files) {
  const paragraphs = paragraphsOf(readFileSync(file, 'utf8').split('\n'));
  const all = paragraphs.flatMap(sentencesOf);
  const bad = all.filter(({ text }) => isFragment(text));
  const long = paragraphs.flatMap((lines) => lines.filter(({ length }) => length > maxLength));
  sentences += all.length;
  fragments += bad.length;
  longLines += long.length;
  if (bad.length + long.length > 0 || process.argv.includes('--all')) {
    console.log(`${file}: ${all.length} sentences, ${bad.length} fragments, ${long.length} long lines`);
  }
  for (const { line, text } of bad) console.log(`  ${file}:${line}: ${text}`);
  for (const { line, length } of long) console.log(`  ${file}:${line}: ${length} characters`);
}
const share = sentences > 0 ? fragments / sentences : 0;
console.log(
  `${files.length} files, ${sentences} sentences, ${fragments} fragments (${(share * 100).toFixed(1)} %), ${longLines} long lines`,
);
if (share >= maxShare || longLines > 0) process.exitCode = 1;

/** Lines of prose that belong together, each with its number in the file and its length there. */
function paragraphsOf(lines) {
  const paragraphs = [];
  let [open, inBlock, inFence] = [undefined, false, false];
  const close = () => (open = undefined);
  const add = (text, line, length) => {
    if (open === undefined) paragraphs.push((open = []));
    open.push({ text, line, length });
  };
  for (const [index, whole] of lines.entries()) {
    const number = index + 1;
    if (inBlock || /^\s*\/\*/.test(whole)) {
      if (!inBlock) close();
      inBlock = !whole.includes('*/');
      const text = whole.replace(/^\s*\/?\*+(?!\/) ?/, '').replace(/\s*\*+\/.*$/, '');
      if (/^\s*```/.test(text)) inFence = !inFence;
      const tag = /^\s*@(\w+)\s*/.exec(text);
      if (tag || /^\s*[-*] /.test(text)) close();
      const prose = tag ? proseOf(tag[1], text.slice(tag[0].length)) : text;
      if (inFence || /^\s*(```|$)/.test(prose)) close();
      else add(prose, number, whole.length);
      if (!inBlock) [inFence] = [false, close()];
      continue;
    }
    const [code, comment = ''] = splitAtComment(whole);
    if (comment.trim() === '' || /^#(end)?region|^biome-ignore|^@ts-/.test(comment)) {
      close();
      continue;
    }
    const isTrailing = code.trim() !== '';
    if (isTrailing) close();
    // Code in front of a comment may be as long as the formatter leaves it.
    add(comment, number, isTrailing ? comment.length : whole.length);
    if (isTrailing) close();
  }
  return paragraphs;
}

/** A tag's text without what it is about. */
function proseOf(tag, text) {
  if (tag === 'param' || tag === 'typeParam') return text.replace(/^(\{[^}]*\}\s*)?[\w.[\]]+\s*(- )?/, '');
  if (tag === 'throws') return text.replace(/^(\{[^}]*\}|[\w.]+)\s*/, '');
  return tag === 'see' || tag === 'module' ? '' : text;
}

/** A line's code and its comment, which begins at the first `//` outside of strings. */
function splitAtComment(line) {
  for (const { index } of line.matchAll(/(?<=^|\s)\/\//g)) {
    const code = line.slice(0, index);
    const isInString = ["'", '"', '`'].some((quote) => code.split(quote).length % 2 === 0);
    if (!isInString) return [code, line.slice(index + 2).replace(/^ /, '')];
  }
  return [line];
}

/** The sentences of a paragraph, each with the line that it begins on. */
function sentencesOf(lines) {
  const found = [];
  let rest = '';
  let start;
  for (const { text, line } of lines) {
    if (rest === '') start = line;
    const pieces = `${rest} ${text.trim()}`
      .trim()
      .split(/(?<=(?<!\be\.g|\bi\.e|\bcf|\bvs|\betc)[.!?][)'"`]*)\s+(?=[A-Z`'"({])/);
    rest = pieces.pop();
    for (const piece of pieces) {
      found.push({ text: piece, line: start });
      start = line;
    }
  }
  if (rest !== '') found.push({ text: rest, line: start });
  return found.filter(({ text }) => /[a-z]/i.test(text));
}

function isFragment(sentence) {
  const [, first] = /^[-*("'\s]*(\w+)\b/.exec(sentence) ?? [];
  if (!/^(who|what|whose|whom|of|where)$/i.test(first ?? '') || /\?[)'"`]*$/.test(sentence)) return false;
  if (/^of course\b/i.test(sentence)) return false;
  // "Where a proxy buffers, the head goes out at once" is a sentence.
  return !(/^where$/i.test(first) && sentence.includes(', '));
}
