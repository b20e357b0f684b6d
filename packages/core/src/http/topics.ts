import { badRequest } from '../checks/errors';
import { sendsFrames } from './query';

const maxTopics = 100;

/** Characters of all topics together, as a client sends them. They must fit into a URL. */
const maxLength = 4096;

/**
 * Returns the topics that a client asks for: the query parameter `topics`, in which commas separate
 * names that are encoded as parts of a URL. Each name comes once.
 *
 * @throws PushwireError `bad-request` for too many topics, or a malformed name.
 */
export function topicsOf(query: URLSearchParams): readonly string[] {
  const text = query.get('topics') ?? '';
  if (text.length > maxLength) throw badRequest(`The topics are longer than ${maxLength} characters.`);
  if (text === '') return [];
  try {
    return checkTopics(text.split(',').map(decodeURIComponent));
  } catch (error) {
    throw error instanceof URIError ? badRequest('The topics are malformed.') : error;
  }
}

/**
 * Refuses topics on a route whose channels are fixed. Only a client that sends frames means them:
 * elsewhere, a parameter of that name is the app's own.
 *
 * @throws PushwireError `bad-request`.
 */
export function refuseTopics(query: URLSearchParams): void {
  if (sendsFrames(query) && topicsOf(query).length > 0) throw badRequest('The channels of this route are fixed.');
}

/**
 * Checks topics that a client sends, and leaves out those that come twice.
 *
 * @throws PushwireError `bad-request` for anything but strings, or too many of them.
 */
export function checkTopics(topics: unknown): readonly string[] {
  const isList = Array.isArray(topics) && topics.every((topic) => typeof topic === 'string');
  if (!isList) throw badRequest('The topics must be strings.');
  const unique = [...new Set<string>(topics)];
  if (unique.length > maxTopics) throw badRequest(`There may be at most ${maxTopics} topics.`);
  const length = unique.reduce((sum, topic) => sum + topic.length + 1, 0);
  if (length > maxLength) throw badRequest(`The topics are longer than ${maxLength} characters.`);
  return unique;
}
