// The metric names in a Datadog metric query, `avg:system.cpu.user{env:prod} by {host}`.

const MAX_NAMES = 100;
/** A name, the braces of its scope behind it; or a quoted string, in which nothing is looked for. */
const TOKEN = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|([A-Za-z][A-Za-z0-9_.]*)\s*(?=\{)|\{[^}]*\}?/g;
const MAX_QUERY = 65_536;

/**
 * Names of metrics in order of appearance, without duplicates, at most 100. A metric is what stands before a scope in
 * braces; `by {…}` groups. What is not understood is passed over, never an error.
 */
export function metricNames(query: string): string[] {
  const names = new Set<string>();
  for (const match of query.slice(0, MAX_QUERY).matchAll(TOKEN)) {
    const name = match[1];
    if (name !== undefined && name.toLowerCase() !== 'by') names.add(name);
    if (names.size === MAX_NAMES) break;
  }
  return [...names];
}
