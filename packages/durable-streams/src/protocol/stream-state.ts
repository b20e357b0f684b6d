import type { Position } from '@pushwire/core/backplanes';
import type { Append, Command, Create } from './command';
import { sameType } from './content-type';
import { expiryOf, type Lifetime, sameLifetime } from './lifetime';
import { formatOffset } from './offset';
import { judgeStep, type ProducerState, type ProducerStep, type ProducerVerdict } from './producer';

/**
 * The judgement on a command:
 *
 * - `accepted`: it has been done.
 * - `unknown`: there is no such stream, or it is another one by now.
 * - `exists`, `conflict`: there is a stream already, of the same or another configuration.
 * - `closed`: the stream is closed.
 * - `disorder`: the writer's `Stream-Seq` is not greater than the last one.
 *
 * The others are judgements on the step of a producer.
 */
export type Verdict = { readonly kind: 'unknown' | 'exists' | 'conflict' | 'closed' | 'disorder' } | ProducerVerdict;

const accepted: Verdict = { kind: 'accepted' };

/**
 * A stream, as the commands in its log have made it. It is pure: the same commands make the same
 * state in each process.
 */
export class StreamState {
  readonly type: string;
  readonly lifetime: Lifetime;
  /** The offset of the command that created the stream. */
  readonly beginning: number;
  /** The time at which it was created, in ms. */
  readonly created: number;
  /** Names this stream among all that have had its name. */
  readonly life: string;
  #tail: Position;
  #used: number;
  #isClosed: boolean;
  #closedBy: ProducerStep | undefined;
  #seq: Buffer | undefined;
  readonly #producers = new Map<string, ProducerState>();

  constructor({ at, type, closed, ttl, expiresAt }: Create, position: Position) {
    this.type = type;
    this.created = at;
    this.lifetime = { ...(ttl !== undefined && { ttl }), ...(expiresAt !== undefined && { expiresAt }) };
    this.beginning = position.offset;
    this.life = formatOffset(position);
    this.#tail = position;
    this.#used = at;
    this.#isClosed = closed === true;
  }

  /** The position of the newest content, or of the beginning. */
  get tail(): Position {
    return this.#tail;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The time of the newest command that renewed the TTL, in ms. */
  get used(): number {
    return this.#used;
  }

  /** The time at which the stream expires if it is not used again, in ms, or `Infinity`. */
  get expires(): number {
    return expiryOf(this.lifetime, this.#used);
  }

  /** The newest accepted step of a producer. */
  newestOf(producer: string): ProducerState | undefined {
    return this.#producers.get(producer);
  }

  /** @param bytes the size of the command's content. */
  judge(command: Command, bytes: number): Verdict {
    if (command.kind === 'create') {
      if (command.at >= this.expires) return accepted;
      return { kind: this.#isLike(command) ? 'exists' : 'conflict' };
    }
    if (command.life !== this.life) return { kind: 'unknown' };
    const hasExpired = command.at >= this.expires;
    if (command.kind === 'delete') return command.expired && !hasExpired ? { kind: 'conflict' } : accepted;
    if (hasExpired) return { kind: 'unknown' };
    return command.kind === 'touch' ? accepted : this.#judgeAppend(command, bytes);
  }

  /** Takes note of an accepted command, other than those that make another state. */
  apply(command: Append | Extract<Command, { kind: 'touch' }>, position: Position, bytes: number): void {
    this.#used = Math.max(this.#used, command.at);
    if (command.kind === 'touch') return;
    const { producer, seq, closes } = command;
    if (producer) this.#producers.set(producer.id, { epoch: producer.epoch, seq: producer.seq });
    if (seq !== undefined) this.#seq = Buffer.from(seq);
    if (bytes > 0) this.#tail = position;
    if (!closes) return;
    this.#isClosed = true;
    this.#closedBy = producer;
  }

  #judgeAppend({ producer, seq, closes }: Append, bytes: number): Verdict {
    const step = producer && judgeStep(producer, this.#producers.get(producer.id));
    if (this.#isClosed) {
      if (step?.kind === 'stale') return step;
      if (step?.kind === 'duplicate' && isSameStep(producer, this.#closedBy)) return step;
      return { kind: producer === undefined && closes && bytes === 0 ? 'exists' : 'closed' };
    }
    if (step && step.kind !== 'accepted') return step;
    const isInOrder = seq === undefined || this.#seq === undefined || Buffer.from(seq).compare(this.#seq) > 0;
    return isInOrder ? accepted : { kind: 'disorder' };
  }

  #isLike(create: Create): boolean {
    const isSame = sameType(this.type, create.type) && sameLifetime(this.lifetime, create);
    return isSame && this.#isClosed === (create.closed === true);
  }
}

/** Judges a command in the place of which there may be no stream. */
export function judge(state: StreamState | undefined, command: Command, bytes: number): Verdict {
  if (state) return state.judge(command, bytes);
  return command.kind === 'create' ? accepted : { kind: 'unknown' };
}

/** Returns the state after an accepted command. A state that goes on is changed. */
export function applied(
  state: StreamState | undefined,
  command: Command,
  position: Position,
  bytes: number,
): StreamState | undefined {
  if (command.kind === 'create') return new StreamState(command, position);
  if (command.kind === 'delete') return undefined;
  state?.apply(command, position, bytes);
  return state;
}

function isSameStep(one: ProducerStep | undefined, other: ProducerStep | undefined): boolean {
  return one?.id === other?.id && one?.epoch === other?.epoch && one?.seq === other?.seq;
}
