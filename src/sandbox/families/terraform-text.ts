// Resources as blocks of Terraform's language, for the exports that Datadog offers.
import { isObject, type Json, type JsonObject } from '../json.ts';

const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const quoted = (text: string): string => JSON.stringify(text).replaceAll(/[$%](?=\{)/g, (sign) => sign + sign);

function literal(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  return typeof value === 'string' ? quoted(value) : JSON.stringify(value);
}

/** Lines of fields: objects, and lists of objects, are blocks of their own. */
function lines(fields: JsonObject, indent: string, depth: number): string[] {
  const margin = indent.repeat(depth);
  return Object.entries(fields).flatMap(([name, value]) => {
    const blocks = isObject(value)
      ? [value]
      : Array.isArray(value) && value.some(isObject)
        ? value.filter(isObject)
        : [];
    if (blocks.length === 0) return [`${margin}${snake(name)} = ${literal(value)}`];
    return blocks.flatMap((block) => [`${margin}${snake(name)} {`, ...lines(block, indent, depth + 1), `${margin}}`]);
  });
}

/** `resource "datadog_…" "name" { … }` */
export function terraformResource(type: string, name: string, fields: JsonObject, indent: string): string {
  return [`resource ${quoted(type)} ${quoted(name)} {`, ...lines(fields, indent, 1), '}', ''].join('\n');
}
