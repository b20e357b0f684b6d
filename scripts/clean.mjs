// Removes all build output, since the compiler keeps the output of deleted sources.
import { readdirSync, rmSync } from 'node:fs';

for (const name of readdirSync('packages')) {
  for (const built of ['dist', 'tsconfig.tsbuildinfo']) {
    rmSync(`packages/${name}/${built}`, { recursive: true, force: true });
  }
}
