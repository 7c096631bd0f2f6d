// Prompts of LLM Observability with their versions, and what the model lab has: nothing yet.
import { type Answer, type Call, ok } from '../call.ts';
import type { Family } from '../family.ts';
import { arrayOf, at, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { genericError } from '../people.ts';
import { isoZulu } from '../times.ts';
import type { Item, World } from '../world.ts';

const PROMPTS = '/api/v2/llm-obs/v1/prompts';
const DELETED = '/api/v2/llm-obs/v1/prompts?deleted';
const versionsPath = (prompt: string): string => `${PROMPTS}/${prompt}/versions`;

const noPrompt = (): Answer => genericError(404, 'prompt template not found');
const given = (call: Call): JsonObject => objectOf(at(call.body, 'data', 'attributes'));

/** A template is a text or a conversation, and not empty. */
function refuseTemplate(template: Json | undefined): Answer | undefined {
  const good = Array.isArray(template) ? template.length > 0 : textOf(template).trim() !== '';
  return good ? undefined : genericError(400, 'invalid prompt template');
}

function addVersion(world: World, prompt: Item, name: string, wanted: JsonObject): Item {
  const versions = world.collection(versionsPath(name));
  const now = isoZulu(world.now());
  const version: Item = {
    id: world.ids.uuid(),
    type: 'prompt-template-versions',
    attributes: {
      author: world.user.id,
      created_at: at(prompt, 'attributes', 'created_at') ?? now,
      prompt_id: name,
      prompt_uuid: prompt.id ?? '',
      template: wanted.template ?? '',
      version: versions.size + 1,
      version_created_at: now,
      ...(wanted.description !== undefined && { description: wanted.description }),
    },
  };
  versions.set(String(versions.size + 1), version);
  const attributes = objectOf(prompt.attributes);
  attributes.num_versions = versions.size;
  attributes.last_version_created_at = now;
  return version;
}

function create(call: Call): Answer {
  const { world } = call;
  const wanted = given(call);
  const name = textOf(wanted.prompt_id);
  const refused = name === '' ? genericError(400, 'prompt_id is required') : refuseTemplate(wanted.template);
  if (refused) return refused;
  if (world.find(PROMPTS, name)) return genericError(409, 'prompt template already exists');
  const { title, description } = wanted;
  const prompt: Item = {
    id: world.ids.uuid(),
    type: 'prompt-templates',
    attributes: {
      author: world.user.id,
      created_at: isoZulu(world.now()),
      created_from: 'sdk-registry',
      in_registry: true,
      prompt_id: name,
      source: 'registry',
      ...(title !== undefined && { title }),
      ...(description !== undefined && { description }),
    },
  };
  world.collection(PROMPTS).set(name, prompt);
  addVersion(world, prompt, name, wanted);
  return ok({ data: prompt });
}

function list({ world, query }: Call): Answer {
  const wanted = query.get('filter[prompt_id]');
  const all = [...world.collection(PROMPTS)];
  return ok({ data: all.filter(([name]) => wanted === null || name === wanted).map(([, prompt]) => prompt) });
}

/** A prompt as programs fetch it: the template of its newest version. */
function get({ world, params }: Call): Answer {
  const name = params.prompt_id ?? '';
  const prompt = world.find(PROMPTS, name);
  const newest = [...world.collection(versionsPath(name)).values()].at(-1);
  if (!prompt || !newest) return genericError(404, `prompt with id '${name}' not found`);
  const template = at(newest, 'attributes', 'template') ?? '';
  return ok({
    data: {
      id: prompt.id ?? '',
      type: 'prompt-templates',
      attributes: {
        ...(Array.isArray(template) ? { chat_template: template } : { template }),
        prompt_id: name,
        prompt_version_uuid: newest.id ?? '',
        version: String(at(newest, 'attributes', 'version')),
      },
    },
  });
}

function update(call: Call): Answer {
  const { world, params } = call;
  const { title, description } = given(call);
  if (title === undefined && description === undefined)
    return genericError(400, 'at least one of title or description must be provided');
  const prompt = world.find(PROMPTS, params.prompt_id ?? '');
  if (!prompt) return noPrompt();
  const attributes = objectOf(prompt.attributes);
  if (title !== undefined) attributes.title = title;
  if (description !== undefined) attributes.description = description;
  return ok({ data: { ...prompt, attributes: { ...attributes, num_versions: 0 } } });
}

/** A prompt may be deleted again and again, once it was there. */
function remove({ world, params }: Call): Answer {
  const name = params.prompt_id ?? '';
  const prompt = world.find(PROMPTS, name) ?? world.find(DELETED, name);
  if (!prompt) return noPrompt();
  world.remove(PROMPTS, name);
  world.collection(DELETED).set(name, prompt);
  const attributes = { prompt_id: name, deleted_at: isoZulu(world.now()) };
  return ok({ data: { id: prompt.id ?? '', type: 'prompt-templates', attributes } });
}

function createVersion(call: Call): Answer {
  const name = call.params.prompt_id ?? '';
  const prompt = call.world.find(PROMPTS, name);
  if (!prompt) return noPrompt();
  return refuseTemplate(given(call).template) ?? ok({ data: addVersion(call.world, prompt, name, given(call)) });
}

function listVersions({ world, params }: Call): Answer {
  const name = params.prompt_id ?? '';
  if (!world.find(PROMPTS, name)) return noPrompt();
  return ok({
    data: [...world.collection(versionsPath(name)).values()].reverse().map((item) => {
      const { template: _template, ...attributes } = objectOf(item.attributes);
      return { ...item, attributes };
    }),
  });
}

function getVersion({ world, params }: Call): Answer {
  const version = world.find(versionsPath(params.prompt_id ?? ''), params.version ?? '');
  return version ? ok({ data: version }) : { status: 404, body: { errors: [{ status: '404', title: 'Not Found' }] } };
}

function updateVersion(call: Call): Answer {
  const { world, params } = call;
  const version = world.find(versionsPath(params.prompt_id ?? ''), params.version ?? '');
  if (!version) return genericError(404, 'prompt template version not found');
  const { description, labels, env_ids } = given(call);
  const attributes = objectOf(version.attributes);
  if (description !== undefined) attributes.description = description;
  if (arrayOf(labels).length > 0) attributes.labels = labels!;
  if (arrayOf(env_ids).length > 0) attributes.env_ids = env_ids!;
  return ok({ data: version });
}

const lacking = (what: string) => (): Answer => genericError(404, `${what} not found`);

/** Facets of a model lab without runs. */
const facetValues = ({ query }: Call): Answer => {
  const [type, name, project] = ['facet_type', 'facet_name', 'filter[project_id]'].map((each) => query.get(each));
  return ok({
    data: {
      id: [type, name, project].filter((each) => each !== null && each !== undefined).join(':'),
      type: 'facet_values',
      attributes: { facet_name: name ?? '', facet_type: type ?? '', values: [] },
    },
  });
};

export const llmPromptFamily: Family = {
  name: 'LLM prompts and model lab',
  handlers: {
    'v2.CreateLLMObsPrompt': create,
    'v2.ListLLMObsPrompts': list,
    'v2.GetLLMObsPrompt': get,
    'v2.UpdateLLMObsPrompt': update,
    'v2.DeleteLLMObsPrompt': remove,
    'v2.CreateLLMObsPromptVersion': createVersion,
    'v2.ListLLMObsPromptVersions': listVersions,
    'v2.GetLLMObsPromptVersion': getVersion,
    'v2.UpdateLLMObsPromptVersion': updateVersion,
    'v2.GetModelLabProject': lacking('project'),
    'v2.StarModelLabProject': lacking('project'),
    'v2.GetModelLabRun': lacking('run'),
    'v2.DeleteModelLabRun': lacking('run'),
    'v2.PinModelLabRun': lacking('run'),
    'v2.ListModelLabProjectFacetValues': facetValues,
    'v2.ListModelLabRunFacetValues': facetValues,
  },
};
