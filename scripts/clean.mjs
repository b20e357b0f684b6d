// Removes what was built: the compiler leaves behind the output of sources that are gone.
import { readdirSync, rmSync } from 'node:fs';

for (const name of readdirSync('packages')) {
  for (const built of ['dist', 'tsconfig.tsbuildinfo']) {
    rmSync(`packages/${name}/${built}`, { recursive: true, force: true });
  }
}
