// Whether words really stand in a document, one after the other: what the index's names can only suggest.
import { unescapeJson } from './body-text.ts';
import type { TextDocument } from './documents.ts';
import type { TextOf } from './matches.ts';
import { hasPhrase, wordsOf } from './words.ts';

const decoder = new TextDecoder();

/** Looks phrases up in a document; undefined has none. Words are cut once, when first asked for. */
export function textOf(document: TextDocument | undefined): TextOf {
  const titles = lazily(() => (document?.titles ?? []).map(wordsOf));
  const queries = lazily(() => (document?.queries ?? []).map(wordsOf));
  const any = lazily(() => [
    ...(document?.words ?? '').split('\n').map(wordsOf),
    ...(document?.bodies ?? []).map(({ bytes, escaped }) => {
      const text = decoder.decode(bytes);
      return wordsOf(escaped ? unescapeJson(text) : text);
    }),
  ]);
  const sections = { any, title: titles, query: queries };
  return {
    has(phrase, scope) {
      const wanted = wordsOf(phrase);
      return sections[scope]().some((words) => hasPhrase(words, wanted));
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
