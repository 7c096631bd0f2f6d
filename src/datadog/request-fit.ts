// Brings an image of a resource into the form that an operation takes: only fields that its request knows, none that the server
// makes, no secret that the record does not have.
import { readCatalogueFile } from './catalogue-file.ts';

type Version = 'v1' | 'v2';
interface ModelsFile {
  readonly objects: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly enums: Readonly<Record<string, readonly (string | number)[]>>;
  readonly oneOf: Readonly<Record<string, readonly string[]>>;
}
let file: Readonly<Record<Version, ModelsFile>> | undefined;
/** Read when first needed: only few commands need it. */
function modelsOf(version: Version): ModelsFile {
  file ??= readCatalogueFile<Readonly<Record<Version, ModelsFile>>>('models.json');
  return file[version];
}

export interface Fitted {
  readonly body: unknown;
  /** Fields of the image that the operation does not take, and that are not the server's own. */
  readonly left: readonly string[];
  /** Fields whose values are secrets, which the record does not have. */
  readonly secrets: readonly string[];
  /** Fields that the operation needs and the image does not have. */
  readonly missing: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/** `Array<Monitor>!` without its mark and format. */
const bare = (type: string): string => type.replace(/!$/, '').replace(/\([^)]*\)$/, '');
/** Values that stand for secrets; a URL keeps its origin before it. */
const REDACTED = /(?:^|\/)redacted:dwfp_/;
/** An id that an operation does not take is told by whoever says what becomes of it. */
const IDS = new Set(['id', 'data.id', 'public_id']);
/** Objects in which an operation's own fields stand; what is deeper is left as it is. */
const HOLDERS = new Set(['data', 'attributes']);

/**
 * Fits a resource into a request model.
 *
 * @param image the resource itself, without JSON:API's outer `data`
 * @param isServerMade as of serverMade(kind)
 */
export function fitRequest(
  version: Version,
  model: string,
  image: unknown,
  isServerMade: (fieldPath: string) => boolean,
): Fitted {
  const fitting = new Fitting(modelsOf(version), isServerMade);
  const outer = fitting.models.objects[model] ?? {};
  // The scanner's requests must have a `meta`, in which a version may stand.
  const wrapped = 'data' in outer ? { data: image, ...(isRequired(outer.meta) && { meta: {} }) } : image;
  const body = fitting.value(model, wrapped, '');
  return { body, left: fitting.left, secrets: fitting.secrets, missing: fitting.missing };
}

class Fitting {
  readonly left: string[] = [];
  readonly secrets: string[] = [];
  readonly missing: string[] = [];
  readonly models: ModelsFile;
  readonly #isServerMade: (fieldPath: string) => boolean;

  constructor(models: ModelsFile, isServerMade: (fieldPath: string) => boolean) {
    this.models = models;
    this.#isServerMade = isServerMade;
  }

  value(type: string, value: unknown, path: string): unknown {
    const name = this.#chosen(bare(type), value);
    const fields = this.models.objects[name];
    if (fields === undefined || !isObject(value)) return this.#withoutSecrets(value, path);
    const result: Record<string, unknown> = {};
    for (const [field, inner] of Object.entries(value)) {
      const at = path === '' ? field : `${path}.${field}`;
      if (this.#isServerMade(at) && !isRequired(fields[field])) continue;
      const known = fields[field];
      if (known === undefined) {
        if (inner !== null && !IDS.has(at)) this.left.push(at);
        continue;
      }
      // An answer says null of what is not set; a request leaves it out, unless it must be there.
      if (inner === null && !isRequired(known)) continue;
      const only = this.models.enums[bare(known)];
      if (only?.length === 1) {
        // JSON:API's type may be called otherwise where a resource is created: there is one it can be.
        result[field] = only[0];
        continue;
      }
      const fitted = HOLDERS.has(field) ? this.value(known, inner, at) : this.#withoutSecrets(inner, at);
      if (fitted !== undefined) result[field] = fitted;
    }
    for (const [field, known] of Object.entries(fields)) {
      if (isRequired(known) && result[field] === undefined) this.missing.push(path === '' ? field : `${path}.${field}`);
    }
    return result;
  }

  /** Of alternatives, the one that knows most of the value's fields and has its enums. */
  #chosen(type: string, value: unknown): string {
    const alternatives = this.models.oneOf[type];
    if (alternatives === undefined || !isObject(value)) return type;
    const score = (name: string): number => {
      const fields = this.models.objects[bare(name)];
      if (fields === undefined) return -1;
      let points = 0;
      for (const [field, known] of Object.entries(fields)) {
        if (Object.hasOwn(value, field)) points++;
        else if (isRequired(known)) points -= 3;
        const values = this.models.enums[bare(known)];
        const given = value[field];
        if (values !== undefined && given !== undefined && !values.includes(given as string)) points -= 10;
      }
      return points;
    };
    return alternatives
      .map((name) => ({ name: bare(name), points: score(name) }))
      .sort((a, b) => b.points - a.points)[0]!.name;
  }

  /** The value without fields that hold a redacted secret; undefined when it is one itself. */
  #withoutSecrets(value: unknown, path: string): unknown {
    if (typeof value === 'string' && REDACTED.test(value)) {
      this.secrets.push(path);
      return undefined;
    }
    if (Array.isArray(value)) {
      return value.flatMap((item) => {
        const kept = this.#withoutSecrets(item, `${path}[]`);
        return kept === undefined ? [] : [kept];
      });
    }
    if (!isObject(value)) return value;
    const result: Record<string, unknown> = {};
    for (const [field, inner] of Object.entries(value)) {
      const kept = this.#withoutSecrets(inner, `${path}.${field}`);
      if (kept !== undefined)
        Object.defineProperty(result, field, { value: kept, enumerable: true, writable: true, configurable: true });
    }
    return result;
  }
}

const isRequired = (type: string | undefined): boolean => type?.endsWith('!') ?? false;
