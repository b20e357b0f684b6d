// Adds builds for other systems to package-lock.json that the registry at hand does not have. npm
// leaves out what it could not look up, and `npm ci` then refuses the whole lockfile, here and on
// the systems that need those builds. Run it after a change of dependencies.
import { readFileSync, writeFileSync } from 'node:fs';

const file = 'package-lock.json';
const systems = /(?:^|[-/])(aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32|wasm32)(?:[-/]|$)/;
const processors = /-(arm64|arm|x64|ia32|ppc64le|ppc64|s390x|riscv64|loong64|mips64el|wasm32)(?:-|$)/;

const lock = JSON.parse(readFileSync(file, 'utf8'));
const added = {};
for (const [path, { optionalDependencies = {}, dev }] of Object.entries(lock.packages)) {
  if (!path.startsWith('node_modules/')) continue;
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (isLocked(path, name)) continue;
    const [, os] = systems.exec(name) ?? [];
    const [, cpu] = processors.exec(name.replace('-gnueabihf', '')) ?? [];
    if (os === undefined) throw new Error(`${path} needs ${name}, but its name has no known system`);
    const entry = { version: version.replace(/^[\^~=]/, ''), optional: true, ...(dev && { dev }) };
    added[`node_modules/${name}`] = { ...entry, os: [os], ...(cpu && { cpu: [cpu] }) };
  }
}
lock.packages = Object.fromEntries(Object.entries({ ...lock.packages, ...added }).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${Object.keys(added).length} packages added to ${file}`);

function isLocked(path, name) {
  for (let folder = path; ; folder = folder.slice(0, folder.lastIndexOf('/node_modules/'))) {
    if (lock.packages[`${folder}/node_modules/${name}`]) return true;
    if (!folder.includes('/node_modules/')) return lock.packages[`node_modules/${name}`] !== undefined;
  }
}
