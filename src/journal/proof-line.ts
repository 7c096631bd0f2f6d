// The lines of a proof file: what each says, and exactly how it is written (docs/journal-format.md, "Proof files").
import type { PartName } from '../exchange/entry.ts';
import { commitment, KIND, leafText, PART_LETTERS, PARTS, partOf, SALT } from './leaf.ts';
import { MAX_PART } from './record.ts';

/** The first line. */
export interface ProofHead {
  /** Exchange id. */
  readonly exchange: string;
  /** How many lines follow, one for each entry. */
  readonly entries: number;
}

/** Why a part is not opened. Only its commitment is proven; the reason is what the maker of the proof says. */
export type Closed = 'withheld' | 'erased';

/** A line for one entry. */
export interface ProofLine {
  /** The leaf's text. */
  readonly leaf: string;
  /** The opened parts: salt and bytes, side by side. */
  readonly parts: { readonly [Part in PartName]?: Buffer };
  readonly closed: { readonly [Part in PartName]?: Closed };
  /** The tlog-proof. */
  readonly proof: string;
}

/** A leaf taken apart. */
export interface Leaf {
  readonly id: string;
  readonly kind: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** base64url */
  readonly commitments: { readonly [Part in PartName]?: string };
}

/** An exchange of more entries is not proven in one file. */
export const MAX_ENTRIES = 100_000;
/** Every part in base64, and what stands around them. */
export const MAX_LINE = PARTS.length * Math.ceil((MAX_PART + SALT + 3) / 3) * 4 + 64 * 1024;

const ID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const HEAD = new RegExp(`^\\{"dogwatch":"exchange-proof","entries":([1-9][0-9]{0,5}),"exchange":"(${ID})","v":1\\}$`);
const LEAF = new RegExp(
  `^\\{"c":\\{((?:"[a-z]":"[A-Za-z0-9_-]{43}",?){0,8})\\},"i":"(${ID})","k":"([^"]*)","t":(0|[1-9][0-9]{0,14}),"v":1\\}$`,
);

export const encodeHead = ({ exchange, entries }: ProofHead): string =>
  `{"dogwatch":"exchange-proof","entries":${entries},"exchange":"${exchange}","v":1}\n`;

/** Reads the first line, without its newline; undefined when it is none. */
export function parseHead(line: string): ProofHead | undefined {
  const match = HEAD.exec(line);
  if (match === null || Number(match[1]) > MAX_ENTRIES) return undefined;
  return { entries: Number(match[1]), exchange: match[2] ?? '' };
}

/** RFC 8785, as is all of the file. */
export function encodeLine({ leaf, parts, closed, proof }: ProofLine): string {
  const opened: Record<string, object> = {};
  const shut: Record<string, string> = {};
  for (const name of PARTS) {
    const salted = parts[name];
    const reason = closed[name];
    if (salted !== undefined) {
      opened[name] = {
        bytes: salted.toString('base64', SALT),
        salt: salted.toString('base64', 0, SALT),
      };
    }
    if (reason !== undefined) shut[name] = reason;
  }
  return `${JSON.stringify({ closed: shut, leaf, parts: opened, proof })}\n`;
}

/** Reads an entry's line, without its newline; undefined when it is not exactly what `encodeLine` writes. */
export function parseLine(text: string): ProofLine | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const { leaf, parts, closed, proof } = value;
  if (typeof leaf !== 'string' || typeof proof !== 'string' || !isRecord(parts) || !isRecord(closed)) return undefined;
  const opened: { [Part in PartName]?: Buffer } = {};
  const shut: { [Part in PartName]?: Closed } = {};
  for (const name of PARTS) {
    const part = own(parts, name);
    const reason = own(closed, name);
    if (part !== undefined) {
      if (!isRecord(part) || typeof part.salt !== 'string' || typeof part.bytes !== 'string') return undefined;
      const salted = Buffer.concat([Buffer.from(part.salt, 'base64'), Buffer.from(part.bytes, 'base64')]);
      if (salted.length < SALT || salted.length > SALT + MAX_PART) return undefined;
      opened[name] = salted;
    }
    if (reason === undefined) continue;
    if (reason !== 'withheld' && reason !== 'erased') return undefined;
    shut[name] = reason;
  }
  const line = { leaf, parts: opened, closed: shut, proof };
  // One way to write it: whatever else stands there is not passed over.
  return encodeLine(line) === `${text}\n` ? line : undefined;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const own = (value: Record<string, unknown>, name: string): unknown =>
  Object.hasOwn(value, name) ? value[name] : undefined;

/** Takes a leaf's text apart; undefined when it is not one. */
export function parseLeaf(text: string): Leaf | undefined {
  const match = LEAF.exec(text);
  if (match === null) return undefined;
  const [, members = '', id = '', kind = '', time = ''] = match;
  const commitments: { [Part in PartName]?: string } = {};
  for (const [, letter = '', value = ''] of members.matchAll(/"([a-z])":"([^"]*)"/g)) {
    const name = partOf(letter);
    if (name !== undefined) commitments[name] = value;
  }
  const leaf = { id, kind, time: Number(time), commitments };
  const again = PARTS.flatMap((name) => {
    const value = commitments[name];
    return value === undefined ? [] : [`"${PART_LETTERS[name]}":"${value}"`];
  });
  return KIND.test(kind) && leafText(again.join(), id, kind, leaf.time) === text ? leaf : undefined;
}

/** What is wrong with the parts of a line, given its leaf; undefined when every part is opened as committed to, or closed. */
export function partsProblem(line: ProofLine, leaf: Leaf): string | undefined {
  for (const name of PARTS) {
    const [salted, closed, committed] = [line.parts[name], line.closed[name], leaf.commitments[name]];
    if (committed === undefined) {
      if (salted !== undefined || closed !== undefined) return `the entry has no ${name}`;
    } else if (salted === undefined && closed === undefined)
      return `its ${name} is neither opened nor said to be closed`;
    else if (salted !== undefined && closed !== undefined) return `its ${name} is both opened and closed`;
    else if (salted !== undefined && commitment(salted) !== committed)
      return `its ${name} is not what the leaf commits to`;
  }
  return undefined;
}
