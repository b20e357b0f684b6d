import { expectConformance } from './expect-conformance';

test("the protocol's suite passes in memory", () => expectConformance());
