// A YAML file as a value, with the line and column of every field of it.
import { type Document, isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import { UsageError } from '../exchange/error.ts';

export type Path = readonly (string | number)[];

export interface YamlSource {
  readonly value: unknown;
  /** `dogwatch.yaml:12:5` of the field at `path`, or of the nearest one around it that is there. */
  at(path: Path): string;
}

/**
 * Parses one YAML 1.2 document strictly: duplicate keys, unknown tags and several documents are errors.
 * @param file the name to show in positions
 * @throws UsageError `config_invalid`
 */
export function parseYaml(text: string, file: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, version: '1.2' });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  const wrong = [...document.errors, ...document.warnings];
  if (wrong.length > 0) {
    const message = wrong.map((error) => `${place(error.pos[0])} ${error.message}`).join('\n');
    throw new UsageError('config_invalid', message, { remedy: 'it is not valid YAML; check indentation and quotes' });
  }
  return {
    value: toValue(document, place),
    at(path) {
      for (let depth = path.length; depth > 0; depth--) {
        const offset = offsetOf(document, path.slice(0, depth));
        if (offset !== undefined) return place(offset);
      }
      return place(0);
    },
  };
}

/** Offset of the field at `path`: of its key in a map, of the item in a list; undefined when it is not there. */
function offsetOf(document: Document, path: Path): number | undefined {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (isMap(parent)) {
    const pair = parent.items.find((item) => isScalar(item.key) && String(item.key.value) === String(path.at(-1)));
    return (pair?.key as Node | undefined)?.range?.[0];
  }
  return (document.getIn(path, true) as Node | undefined)?.range?.[0];
}

function toValue(document: Document, place: (offset: number) => string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    throw new UsageError('config_invalid', `${place(0)} ${(cause as Error).message}`, { cause });
  }
}
