// APIs by their OpenAPI descriptions: uploaded as a file, read as the same file.
import { type Answer, type Call, created, jsonApiFailure, noContent, ok } from '../call.ts';
import type { Family } from '../family.ts';
import { isObject, type Json, objectOf, textOf } from '../json.ts';
import { fileIn } from '../multipart.ts';
import { yamlIn } from '../yaml-body.ts';

const APIS = '/api/v2/apicatalog/api';
const FILES = '/api/v2/apicatalog/openapi';

/** Keeps the description under an id: the API's name is the title it gives itself. */
function keep(call: Call, id: string, made: boolean): Answer {
  const file = fileIn(call.raw, call.contentType, 'openapi_spec_file');
  if (!file) return jsonApiFailure(400, 'the part openapi_spec_file is required');
  const text = file.toString('utf8');
  const spec = yamlIn(text);
  if (!isObject(spec) || (spec.openapi === undefined && spec.swagger === undefined))
    return jsonApiFailure(400, 'the file is no OpenAPI description');
  const name = textOf(objectOf(spec.info).title);
  const attributes: Json = { name, api_version: textOf(objectOf(spec.info).version) };
  call.world.collection(APIS).set(id, { id, type: 'api', attributes });
  call.world.documents.set(`${FILES}/${id}`, text);
  const data = { id, attributes: { failed_endpoints: [] } };
  return made ? created({ data }) : ok({ data });
}

const noApi = (id: string): Answer => jsonApiFailure(404, `API ${id} not found`);

/** Runs with the id that the path names, when there is an API of it. */
const withApi = (call: Call, run: (id: string) => Answer): Answer => {
  const id = call.params.id ?? '';
  return call.world.find(APIS, id) ? run(id) : noApi(id);
};

export const apiCatalogFamily: Family = {
  name: 'API catalog',
  handlers: {
    'v2.CreateOpenAPI': (call) => keep(call, call.world.ids.uuid(), true),
    'v2.UpdateOpenAPI': (call) => withApi(call, (id) => keep(call, id, false)),
    'v2.GetOpenAPI': (call) =>
      withApi(call, (id) => ({
        status: 200,
        type: 'application/octet-stream',
        bytes: Buffer.from(textOf(call.world.documents.get(`${FILES}/${id}`))),
      })),
    'v2.DeleteOpenAPI': (call) =>
      withApi(call, (id) => {
        call.world.remove(APIS, id);
        call.world.documents.delete(`${FILES}/${id}`);
        return noContent;
      }),
  },
};
