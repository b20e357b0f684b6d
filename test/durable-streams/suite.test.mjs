// The suite of the protocol, for vitest. conformance.test.ts runs it against our servers.
import { runConformanceTests } from '@durable-streams/server-conformance-tests';

runConformanceTests({ baseUrl: process.env.CONFORMANCE_TEST_URL });
