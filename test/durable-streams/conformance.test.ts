import { expectConformance } from './expect-conformance';

jest.setTimeout(180_000);

test("the protocol's suite passes in memory", () => expectConformance());
