// Service definitions, the software catalog's first form: one for each service, in JSON or YAML.
import { type Answer, type Call, noContent, ok, textFailure } from '../call.ts';
import type { Family } from '../family.ts';
import { type JsonObject, objectOf, textOf } from '../json.ts';
import { isoZulu } from '../times.ts';
import type { Item, World } from '../world.ts';
import { readBody } from '../yaml-body.ts';

const DEFINITIONS = '/api/v2/services/definitions';

const noDefinition = (): Answer => ({ status: 404, body: { errors: ['Not Found'], error_details: [{}] } });

function definition(world: World, schema: JsonObject): Item {
  return {
    type: 'service-definition',
    id: world.ids.hex(32),
    attributes: {
      meta: {
        'last-modified-time': isoZulu(world.now()),
        'github-html-url': '',
        'ingestion-source': 'api',
        origin: 'unknown',
        'origin-detail': '',
        warnings: [],
        'ingested-schema-version': schema['schema-version'] ?? 'v2',
      },
      schema,
    },
  };
}

function upsertDefinitions(call: Call): Answer {
  const given = readBody(call);
  const all = (Array.isArray(given) ? given : [given]).map((each) => objectOf(each));
  if (all.some((each) => textOf(each['dd-service']) === ''))
    return textFailure(400, 'invalid service definition: dd-service is required');
  const kept = call.world.collection(DEFINITIONS);
  const made = all.map((schema) => {
    const item = definition(call.world, schema);
    kept.set(textOf(schema['dd-service']), item);
    return item;
  });
  return ok({ data: made.map(({ id: _id, ...item }) => item) });
}

function listDefinitions({ world, query }: Call): Answer {
  const size = Number(query.get('page[size]') ?? 10);
  const number = Number(query.get('page[number]') ?? 0);
  return ok({ data: [...world.collection(DEFINITIONS).values()].slice(number * size, (number + 1) * size) });
}

function getDefinition({ world, params }: Call): Answer {
  const item = world.find(DEFINITIONS, params.service_name ?? '');
  return item ? ok({ data: item }) : noDefinition();
}

const deleteDefinition = ({ world, params }: Call): Answer =>
  world.remove(DEFINITIONS, params.service_name ?? '') ? noContent : noDefinition();

export const serviceDefinitionFamily: Family = {
  name: 'service definitions',
  handlers: {
    'v2.CreateOrUpdateServiceDefinitions': upsertDefinitions,
    'v2.ListServiceDefinitions': listDefinitions,
    'v2.GetServiceDefinition': getDefinition,
    'v2.DeleteServiceDefinition': deleteDefinition,
  },
};
