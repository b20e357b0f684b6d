import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';

const header = 'Content-Security-Policy';

/**
 * Allows the scripts of one response under the Content-Security-Policy that the app has set.
 *
 * @returns the nonce that the scripts must carry, or `undefined` where there is no policy.
 */
export function allowOwnScripts(response: ServerResponse): string | undefined {
  const policy = response.getHeader(header);
  if (policy === undefined) return undefined;
  const nonce = randomBytes(16).toString('base64');
  const policies = (Array.isArray(policy) ? policy : [String(policy)]).map((value) => withNonce(value, nonce));
  response.setHeader(header, policies);
  return nonce;
}

/**
 * Adds a nonce to the directive of a policy that applies to scripts: `script-src-elem`, else
 * `script-src`, else `default-src` (CSP Level 3, 6.1).
 */
export function withNonce(policy: string, nonce: string): string {
  // One header may hold several policies, and each must allow the scripts.
  return policy
    .split(',')
    .map((each) => withNonceInOne(each.trim(), nonce))
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
