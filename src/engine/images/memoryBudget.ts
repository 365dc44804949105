import os from 'node:os';
import { isMainThread } from 'node:worker_threads';

/** Of a thread that decodes: what its picture takes in all. */
export interface MemoryRequest {
  readonly bytes: number;
  /** Whether it will ask for more before it is done: it has only seen how large the file is. */
  readonly more: boolean;
}

/** `limit` is there when a request is refused, because there is never so much. */
export interface MemoryAnswer {
  readonly limit?: number;
}

/** A thread's part in the budget. */
export interface BudgetMember {
  /** Resolves when there is room, or when it is refused. */
  ask(request: MemoryRequest): Promise<MemoryAnswer>;
  /** Gives back what the picture took. */
  done(): undefined;
  /** Whether its picture waits for room, so that it is not taken for one that never ends. */
  readonly waiting: boolean;
  /** To be called when the thread has ended, however it did. */
  leave(): void;
}

interface Member extends BudgetMember {
  waiting: boolean;
  held: number;
  more: boolean;
}

interface Waiting extends MemoryRequest {
  readonly member: Member;
  readonly admitted: (answer: MemoryAnswer) => void;
}

/**
 * The memory that all threads together may use for pictures. They ask before they take any, small pictures excepted, and
 * wait in order of arrival: a big picture is let in when the others are done, and the others after it.
 */
export class MemoryBudget {
  /** What one picture may take. */
  readonly limit: number;
  readonly #together: number;
  readonly #members = new Set<Member>();
  readonly #queue: Waiting[] = [];

  /** @param together what several pictures may take at the same time; a larger one is alone */
  constructor(limit: number, together = limit) {
    this.limit = limit;
    this.#together = Math.min(limit, together);
  }

  join(): BudgetMember {
    const member: Member = {
      waiting: false,
      held: 0,
      more: false,
      ask: (request) => new Promise((admitted) => this.#ask({ ...request, member, admitted })),
      done: () => {
        member.held = 0;
        member.more = false;
        this.#admit();
        return undefined;
      },
      leave: () => {
        this.#members.delete(member);
        this.#admit();
      },
    };
    this.#members.add(member);
    return member;
  }

  #ask(waiting: Waiting): void {
    if (waiting.bytes > this.limit) {
      waiting.admitted({ limit: this.limit });
      return;
    }
    waiting.member.waiting = true;
    this.#queue.push(waiting);
    this.#admit();
  }

  /** Lets in what there is room for. */
  #admit(): void {
    for (;;) {
      const next = this.#next();
      if (!next) return;
      this.#queue.splice(this.#queue.indexOf(next), 1);
      const { member, bytes, more, admitted } = next;
      member.held = bytes;
      member.more = more;
      member.waiting = false;
      admitted({});
    }
  }

  #next(): Waiting | undefined {
    let used = 0;
    let growing: Member | undefined;
    for (const member of this.#members) {
      used += member.held;
      if (member.more) growing = member;
    }
    for (let i = this.#queue.length - 1; i >= 0; i--) {
      if (!this.#members.has(this.#queue[i].member)) this.#queue.splice(i, 1);
    }
    // One at a time holds memory and waits for more, and it goes first: two of them could wait for each other for ever.
    const first = this.#queue.find(({ member }) => member === growing);
    const next = first ?? this.#queue.find(({ more }) => !more || !growing);
    if (!next) return undefined;
    const others = used - next.member.held;
    return others === 0 || others + next.bytes <= this.#together ? next : undefined;
  }
}

const LEAST_BYTES = 256 << 20;

/** A quarter of what this process may have: the machine's memory, or less where a container sets a limit. */
export function memoryForPictures(
  machine = os.totalmem(),
  constrained = process.constrainedMemory?.() ?? 0,
): number {
  const all = constrained > 0 && constrained < machine ? constrained : machine;
  return Math.max(LEAST_BYTES, Math.floor(all / 4));
}

/**
 * For each core that decodes: a photograph of 48 megapixels takes some 20 MB, and 160 where it is progressive. Two of those
 * at a time would make the process twice as large for nothing: such pictures are few.
 */
const TOGETHER_BYTES = 144 << 20;

/** What all threads share that this one starts: those of the engine, or those of a training beside it. */
export const pictureMemory = new MemoryBudget(
  memoryForPictures() / (isMainThread ? 1 : 2),
  TOGETHER_BYTES * os.availableParallelism(),
);
