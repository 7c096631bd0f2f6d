// Whether words really stand in a document, one after the other: what the index's names can only suggest.
import { unescapeJson } from './body-text.ts';
import type { TextDocument } from './documents.ts';
import type { TextOf } from './matches.ts';
import { hasPhrase, wordsOf } from './words.ts';

const decoder = new TextDecoder();
const PLAIN = /^[0-9a-z]+$/;
/** Only ASCII, where case and form are what they seem. */
const isPlain = (text: string): boolean => !/[^\0-\x7f]/.test(text);

/** Looks phrases up in a document; undefined has none. Words are cut once, when first asked for. */
export function textOf(document: TextDocument | undefined): TextOf {
  const titles = lazily(() => (document?.titles ?? []).map(wordsOf));
  const queries = lazily(() => (document?.queries ?? []).map(wordsOf));
  const lines = lazily(() => (document?.words ?? '').split('\n').map(wordsOf));
  const bodies = (document?.bodies ?? []).map(({ bytes, escaped }) => {
    const text = lazily(() => (escaped ? unescapeJson(decoder.decode(bytes)) : decoder.decode(bytes)));
    const folded = lazily(() => text().toLowerCase());
    return { folded, words: lazily(() => wordsOf(text())) };
  });
  // Looking for a word of ASCII as a string is far cheaper than cutting the body into words, and mostly enough to say no.
  const inBodies = (wanted: readonly string[]): boolean =>
    bodies.some(
      ({ folded, words }) =>
        wanted.every((word) => !PLAIN.test(word) || !isPlain(folded()) || folded().includes(word)) &&
        hasPhrase(words(), wanted),
    );
  const sections = { any: lines, title: titles, query: queries };
  return {
    has(phrase, scope) {
      const wanted = wordsOf(phrase);
      return sections[scope]().some((words) => hasPhrase(words, wanted)) || (scope === 'any' && inBodies(wanted));
    },
    any: (scope) => sections[scope]().length > 0,
  };
}

function lazily<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
