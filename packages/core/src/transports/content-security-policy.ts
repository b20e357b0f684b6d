import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Clock } from '../time/clock';

const headers = ['Content-Security-Policy', 'Content-Security-Policy-Report-Only'];

/** Milliseconds for which the responses of a route share a nonce. */
const nonceLife = 60_000;

/**
 * The nonce of a route's responses. It changes each minute, and not with each response, since
 * responses with one nonce share the bytes of their messages. That is safe here: each script of
 * these documents is ours, and no other response allows the nonce.
 */
export class SharedNonce {
  #value = '';
  #madeAt = Number.NEGATIVE_INFINITY;

  constructor(readonly clock: Pick<Clock, 'now'>) {}

  get value(): string {
    const now = this.clock.now();
    if (now - this.#madeAt >= nonceLife) {
      this.#value = randomBytes(16).toString('base64');
      this.#madeAt = now;
    }
    return this.#value;
  }
}

/**
 * Allows the scripts of one response under the policies that the app has set.
 *
 * @returns the nonce that the scripts must carry, or `undefined` where there is no policy.
 */
export function allowOwnScripts(response: ServerResponse, nonces: SharedNonce): string | undefined {
  let nonce: string | undefined;
  for (const header of headers) {
    const policy = response.getHeader(header);
    if (policy === undefined) continue;
    const { value } = nonces;
    nonce = value;
    const policies = (Array.isArray(policy) ? policy : [String(policy)]).map((each) => withNonce(each, value));
    response.setHeader(header, policies);
  }
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

/**
 * Changes a directive in its place. Browsers use the first of several directives with one name (CSP
 * Level 3, 2.2.1), so one that is moved would let a later one take effect.
 */
function withNonceInOne(policy: string, nonce: string): string {
  const directives = policy
    .split(';')
    .map((directive) => directive.trim())
    .filter((directive) => directive !== '');
  const names = directives.map((directive) => directive.split(/\s+/)[0]?.toLowerCase());
  for (const name of ['script-src-elem', 'script-src', 'default-src']) {
    const index = names.indexOf(name);
    if (index < 0) continue;
    const sources = (directives[index] as string).split(/\s+/).slice(1);
    const allowed = sources.filter((source) => source.toLowerCase() !== "'none'");
    const isDefault = name === 'default-src';
    const script = [isDefault ? 'script-src' : name, ...allowed, `'nonce-${nonce}'`].join(' ');
    if (isDefault) directives.push(script);
    else directives[index] = script;
    return directives.join('; ');
  }
  return policy;
}
