// Stands for a build: it prints for some seconds and exits with 1 if the project is called `broken`.
import { setTimeout as pause } from 'node:timers/promises';

const [project = 'website', pace = '150'] = process.argv.slice(2);
for (let step = 1; step <= 30; step++) {
  console.log(`[${step}/30] compiling ${project}/module-${step}.ts`);
  if (step % 10 === 0) console.error(`warning: module-${step} has no tests`);
  if (project === 'broken' && step === 15) {
    console.error('error: module-15 does not compile');
    process.exit(1);
  }
  await pause(Number(pace));
}
console.log('done');
