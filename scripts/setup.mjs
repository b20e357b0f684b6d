// Prepares a clone: installs the packages of the lockfile and, with --tests, --bench or --cluster,
// also the programs they need. It does nothing, quickly, when everything is there. It is plain
// Node, since nothing is installed yet when it runs.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const stamp = 'node_modules/.pushwire-installed';

/** The browsers that tests need. */
const browsers = [
  {
    name: 'Chromium',
    debian: 'chromium',
    variable: 'CHROMIUM',
    paths: [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'],
  },
  {
    name: 'Firefox',
    debian: 'firefox-esr',
    variable: 'FIREFOX',
    paths: [process.env.FIREFOX, '/usr/bin/firefox-esr', '/usr/bin/firefox'],
  },
];

const redisServer = {
  name: 'redis-server',
  debian: 'redis-server',
  paths: ['/usr/bin/redis-server', '/usr/local/bin/redis-server'],
};

/** The servers of the demo's cluster, which tests start as well. */
const servers = [
  redisServer,
  { name: 'nginx', debian: 'nginx', paths: ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/local/bin/nginx'] },
];

/** The servers that the bench compares with, and those that connect its servers. */
const forTheBench = [
  redisServer,
  {
    name: 'nginx with nchan',
    debian: 'nginx libnginx-mod-nchan',
    paths: ['/usr/lib/nginx/modules/ngx_nchan_module.so'],
  },
];

installPackages();
if (process.argv.includes('--tests')) {
  installBrowsers();
  installFor('the tests', servers);
}
if (process.argv.includes('--bench')) installFor('the bench', forTheBench);
if (process.argv.includes('--cluster')) installFor('the cluster', servers);

function installPackages() {
  const hash = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  console.log('Installing packages from package-lock.json …');
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { stdio: 'inherit' });
  writeFileSync(stamp, hash);
}

function installBrowsers() {
  const missing = browsers.filter((program) => !isThere(program));
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name).join(' and ');
  const commands = commandsFor(missing);
  if (canInstall()) {
    console.log(`Installing ${names} for the browser tests …`);
    run(commands);
    return;
  }
  const variables = missing.map(({ variable }) => variable).join(' and ');
  const advice = `Missing: ${names}. To install: sudo ${commands.join(' && sudo ')}, or set ${variables} to the path.`;
  if (process.env.CI === 'true') throw new Error(advice);
  console.warn(`${advice}\nThe browser tests will be skipped.`);
}

/** Installs programs if that is possible. Otherwise their users say what is missing. */
function installFor(what, programs) {
  const missing = programs.filter((program) => !isThere(program));
  if (missing.length === 0 || !canInstall()) return;
  console.log(`Installing ${missing.map(({ name }) => name).join(' and ')} for ${what} …`);
  try {
    run(commandsFor(missing));
  } catch (error) {
    console.warn(error.message);
  }
}

function isThere({ paths }) {
  return paths.some((path) => path && existsSync(path));
}

function canInstall() {
  return process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0;
}

function commandsFor(programs) {
  return ['apt-get update', `apt-get install -y ${programs.map(({ debian }) => debian).join(' ')}`];
}

function run(commands) {
  // RUNLEVEL keeps the package from starting its service.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  for (const command of commands) {
    const [name, ...words] = command.split(' ');
    execFileSync(name, words, { stdio: ['ignore', 'ignore', 'inherit'], env });
  }
}
