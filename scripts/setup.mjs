// Prepares a clone: installs the packages of the lockfile and, with --tests, --bench, --cluster or
// --proxies, also the programs they need. It does nothing, quickly, when everything is there. It is
// plain Node, since nothing is installed yet when it runs.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const stamp = 'node_modules/.pushwire-installed';

/** Programs of the system: their users, their Debian packages, and where they are looked for. */
const programs = Object.values(JSON.parse(readFileSync('scripts/system-programs.json', 'utf8')));

installPackages();
// Tests whose programs are missing are skipped; in CI that is a failure.
if (process.argv.includes('--tests')) installPrograms('tests', { required: process.env.CI === 'true' });
if (process.argv.includes('--bench')) installPrograms('bench');
if (process.argv.includes('--cluster')) installPrograms('cluster');
if (process.argv.includes('--proxies')) installPrograms('proxies', { required: true });

function installPackages() {
  const hash = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  console.log('Installing packages from package-lock.json …');
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { stdio: 'inherit' });
  writeFileSync(stamp, hash);
}

/** Installs programs as root on Debian. Elsewhere it says what is missing, and how to get it. */
function installPrograms(user, { required = false } = {}) {
  const missing = programs.filter((program) => program.usedBy.includes(user) && !isThere(program));
  if (missing.length === 0) return;
  const list = missing.map(({ name }) => name).join(', ');
  const commands = ['apt-get update', `apt-get install -y ${missing.map((program) => program.package).join(' ')}`];
  if (canInstall()) {
    console.log(`Installing ${list} for the ${user} …`);
    run(commands);
    return;
  }
  const variables = missing.flatMap(({ variable = [] }) => variable).join(' and ');
  const alternative = variables && `, or set ${variables} to the path`;
  const advice = `Missing for the ${user}: ${list}. To install: sudo ${commands.join(' && sudo ')}${alternative}.`;
  if (required) throw new Error(advice);
  console.warn(advice);
}

function isThere({ variable, paths }) {
  return [variable && process.env[variable], ...paths].some((path) => path && existsSync(path));
}

function canInstall() {
  return process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0;
}

function run(commands) {
  // RUNLEVEL keeps the package from starting its service.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  for (const command of commands) {
    const [name, ...words] = command.split(' ');
    execFileSync(name, words, { stdio: ['ignore', 'ignore', 'inherit'], env });
  }
}
