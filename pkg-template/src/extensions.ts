/** Extensions: what the two ends of a session agree on (RFC 6455 §9). */

import type {
  Extension,
  ExtensionAnswer,
  ExtensionContext,
  ExtensionParameters,
  ExtensionSteps,
  NegotiatedExtension,
} from '../types/index.js';
import { describe } from './errors.js';
import { kind } from './frame.js';
import { bitsOf, isReserved, opcodesOf, Pipeline, type Stage } from './pipeline.js';

/** What was agreed on for one session. */
export interface Agreement {
  readonly extensions: readonly NegotiatedExtension[];
  /** What messages go through; none if nothing was agreed on. */
  readonly pipeline: Pipeline | undefined;
}

/** Nothing, as without extensions. */
export const NO_EXTENSIONS: Agreement = Object.freeze({
  extensions: Object.freeze([]),
  pipeline: undefined,
});

/** Checks what a caller gives as extensions. */
export function checkExtensions(extensions: unknown): void {
  if (extensions === undefined) return;
  if (!Array.isArray(extensions)) {
    throw new TypeError(`extensions must be an array, not ${kind(extensions)}`);
  }
  const names = new Set<string>();
  for (const extension of extensions) {
    const { name, rsv, opcodes, offer, accept, answer } = (extension ?? {}) as Partial<Extension>;
    if (typeof name !== 'string' || name === '') {
      throw new TypeError('extensions: each must have a name');
    }
    if (names.has(name)) throw new TypeError(`extensions: ${name} is there twice`);
    names.add(name);
    if (![offer, accept, answer].every((method) => typeof method === 'function')) {
      throw new TypeError(`extensions: ${name} must have the functions offer, accept and answer`);
    }
    const isBit = (bit: unknown): boolean => bit === 1 || bit === 2 || bit === 3;
    if (rsv !== undefined && !(Array.isArray(rsv) && rsv.every(isBit))) {
      throw new TypeError(`extensions: rsv of ${name} must be a list of 1, 2 or 3`);
    }
    if (opcodes !== undefined && !(Array.isArray(opcodes) && opcodes.every(isReserved))) {
      throw new TypeError(
        `extensions: opcodes of ${name} must be a list of reserved ones: 3 to 7, 11 to 15`,
      );
    }
  }
}

/** What a client offers, as the core takes it. */
export function offers(
  extensions: readonly Extension[] | undefined,
  context: ExtensionContext,
): string[] {
  return (extensions ?? []).flatMap((extension) =>
    offersOf(extension, context).flatMap((parameters) => flatten(extension.name, parameters)),
  );
}

/** Takes the server's answer, as the core gives it. Throws an error that says what is wrong with it. */
export function agreeAsClient(
  extensions: readonly Extension[] | undefined,
  answer: string[],
  context: ExtensionContext,
): Agreement {
  const agreed = new Agreeing();
  for (const { name, parameters } of unflatten(answer)) {
    // The core has seen to it that each was offered.
    const extension = extensions?.find((one) => one.name === name);
    if (!extension) continue;
    const rival = agreed.rivalOf(extension);
    if (rival) {
      throw new Error(
        `the server accepted the extensions ${rival} and ${name}, which own the same RSV bit or opcode`,
      );
    }
    if (!parameters) {
      throw new Error(`the server's answer for the extension ${name} has a parameter twice`);
    }
    try {
      agreed.add(extension, parameters, extension.accept(parameters, context));
    } catch (cause) {
      throw new Error(
        `the server's answer for the extension ${name} cannot be accepted: ${describe(cause)}`,
        { cause },
      );
    }
  }
  return agreed.finish(context);
}

/** Answers what a client offered, as the core gives it; `answer` is what the core takes. */
export function agreeAsServer(
  extensions: readonly Extension[] | undefined,
  offered: string[],
  context: ExtensionContext,
): Agreement & { answer: string[] } {
  const agreed = new Agreeing();
  const answers: string[] = [];
  const offers = unflatten(offered);
  for (const name of new Set(offers.map((offer) => offer.name))) {
    const extension = extensions?.find((one) => one.name === name);
    if (!extension || agreed.rivalOf(extension)) continue;
    // One with a parameter twice is declined (RFC 7692 §7.1 asks for it; nothing else defines it).
    const sets = offers.flatMap((offer) =>
      offer.name === name && offer.parameters ? [offer.parameters] : [],
    );
    const answer = sets.length > 0 ? extension.answer(sets, context) : undefined;
    if (!answer) continue;
    agreed.add(extension, answer.parameters, answer.steps);
    answers.push(...flatten(name, answer.parameters));
  }
  return { ...agreed.finish(context), answer: answers };
}

/**
 * What the two ends agree on where there is no upgrade: each extension is in use, with what it answers to
 * its own offers. Both ends must be told the same.
 */
export function agreeAlone(
  extensions: readonly Extension[] | undefined,
  context: ExtensionContext,
): Agreement {
  const agreed = new Agreeing();
  for (const extension of extensions ?? []) {
    const { name } = extension;
    const rival = agreed.rivalOf(extension);
    if (rival) {
      throw new TypeError(`extensions: ${rival} and ${name} own the same RSV bit or opcode`);
    }
    const client = { ...context, role: 'client' } as const;
    const server = { ...context, role: 'server' } as const;
    const answer: ExtensionAnswer | undefined = extension.answer(
      offersOf(extension, client),
      server,
    );
    if (!answer) throw new TypeError(`extensions: ${name} does not agree to its own offers`);
    const { parameters } = answer;
    const steps = context.role === 'client' ? extension.accept(parameters, context) : answer.steps;
    // A server's were made for its answer only. What closing throws is dropped, as at the end of a session.
    if (answer.steps !== steps) {
      try {
        answer.steps.close?.();
      } catch {}
    }
    agreed.add(extension, parameters, steps);
  }
  return agreed.finish(context);
}

/** An agreement that grows. */
class Agreeing {
  readonly #extensions: NegotiatedExtension[] = [];
  readonly #pipeline: Stage[] = [];

  /** The name of the one that owns a bit or an opcode which this one owns too. */
  rivalOf({ rsv, opcodes }: Extension): string | undefined {
    const owned = bitsOf(rsv);
    const rival = this.#pipeline.find(
      (other) => other.owned & owned || other.opcodes & opcodesOf(opcodes),
    );
    return rival?.name;
  }

  add(
    { name, rsv, opcodes }: Extension,
    parameters: ExtensionParameters,
    steps: ExtensionSteps,
  ): void {
    this.#extensions.push(Object.freeze({ name, parameters: Object.freeze({ ...parameters }) }));
    this.#pipeline.push({ name, owned: bitsOf(rsv), opcodes: opcodesOf(opcodes), steps });
  }

  finish(context: ExtensionContext): Agreement {
    if (this.#extensions.length === 0) return NO_EXTENSIONS;
    return {
      extensions: Object.freeze(this.#extensions),
      pipeline: new Pipeline(this.#pipeline, context.maxMessageSize),
    };
  }
}

function offersOf(extension: Extension, context: ExtensionContext): ExtensionParameters[] {
  const offer = extension.offer(context);
  return Array.isArray(offer) ? offer : [offer as ExtensionParameters];
}

/** Name, number of parameters, and name and value of each; an empty value is none. */
function flatten(name: string, parameters: ExtensionParameters): string[] {
  const entries = Object.entries(parameters);
  const values = entries.flatMap(([key, value]) => {
    if (value !== true && (typeof value !== 'string' || value === '')) {
      throw new TypeError(`extensions: ${key} of ${name} must be a string or true`);
    }
    return [key, value === true ? '' : value];
  });
  return [name, String(entries.length), ...values];
}

/** The other way; no parameters for those with a name twice. */
function unflatten(flat: string[]): { name: string; parameters?: ExtensionParameters }[] {
  const list: { name: string; parameters?: ExtensionParameters }[] = [];
  for (let at = 0; at < flat.length; ) {
    const name = flat[at] ?? '';
    const count = Number(flat[at + 1]);
    at += 2;
    const parameters = new Map<string, string | true>();
    for (const end = at + 2 * count; at < end; at += 2) {
      parameters.set(flat[at] ?? '', flat[at + 1] || true);
    }
    const distinct = parameters.size === count;
    list.push(distinct ? { name, parameters: Object.fromEntries(parameters) } : { name });
  }
  return list;
}
