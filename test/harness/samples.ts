// Smallest values that a model of the catalogue takes: what it requires, and nothing else.
import type { Json, JsonObject } from '../../src/sandbox/json.ts';
import type { Shape } from '../../src/sandbox/models.ts';

const DEPTH = 12;

export function sampleOf(shape: Shape, name = '', depth = 0): Json {
  switch (shape.is) {
    case 'object': {
      const result: JsonObject = {};
      if (depth < DEPTH) {
        for (const [field, { shape: of, required }] of shape.fields)
          if (required) result[field] = sampleOf(of, field, depth + 1);
      }
      return result;
    }
    case 'array':
      return [sampleOf(shape.of, name, depth + 1)];
    case 'tuple':
      return shape.of.map((of) => sampleOf(of, name, depth + 1));
    case 'map':
      return {};
    case 'oneOf':
      return shape.of[0] ? sampleOf(shape.of[0], name, depth + 1) : null;
    case 'enum':
      return shape.values[0] ?? '';
    case 'number':
      return /to$|end/i.test(name) ? 1_700_000_600 : 1_700_000_000;
    case 'boolean':
      return true;
    case 'time':
      return '2026-01-01T00:00:00+00:00';
    case 'uuid':
      return '3f6a3c0e-0000-4000-8000-0000000000aa';
    case 'string':
      return /email/i.test(name) ? 'somebody@example.com' : /url/i.test(name) ? 'https://example.com/' : 'sample';
    default:
      return 'sample';
  }
}
