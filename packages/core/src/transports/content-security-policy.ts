import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';

const header = 'Content-Security-Policy';

/**
 * Lets the scripts of one response run under the Content-Security-Policy that the app set before.
 *
 * @returns the nonce that they must carry; `undefined` where no policy stands in the way.
 */
export function allowOwnScripts(response: ServerResponse): string | undefined {
  const policy = response.getHeader(header);
  if (policy === undefined) return undefined;
  const nonce = randomBytes(16).toString('base64');
  const policies = (Array.isArray(policy) ? policy : [String(policy)]).map((one) => withNonce(one, nonce));
  response.setHeader(header, policies);
  return nonce;
}

/** Adds a nonce to what a policy says of scripts (CSP Level 3, 6.1: `script-src-elem`, else `script-src`, else `default-src`). */
export function withNonce(policy: string, nonce: string): string {
  // Several policies in one header: each must allow it.
  return policy
    .split(',')
    .map((one) => withNonceInOne(one.trim(), nonce))
    .join(', ');
}

function withNonceInOne(policy: string, nonce: string): string {
  const directives = policy.split(';').map((directive) => directive.trim());
  for (const name of ['script-src-elem', 'script-src', 'default-src']) {
    const found = directives.find((directive) => directive.split(/\s+/)[0]?.toLowerCase() === name);
    if (found === undefined) continue;
    const sources = found.split(/\s+/).slice(1);
    const allowed = sources.filter((source) => source.toLowerCase() !== "'none'");
    const script = [name === 'default-src' ? 'script-src' : name, ...allowed, `'nonce-${nonce}'`].join(' ');
    const others = name === 'default-src' ? directives : directives.filter((directive) => directive !== found);
    return [...others.filter((directive) => directive !== ''), script].join('; ');
  }
  return policy;
}
