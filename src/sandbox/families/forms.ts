// Forms with their versions and publications.
import { createHash } from 'node:crypto';
import { type Answer, type Call, errorFailure, ok } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { at, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { isoZulu } from '../times.ts';
import type { Item, World } from '../world.ts';

const FORMS = '/api/v2/forms';

const noForm = ({ world }: Call): Answer =>
  errorFailure(404, { status: '404', id: world.ids.uuid(), title: 'form not found' });

const author = ({ user }: World): JsonObject => ({ user_id: user.numericId, user_uuid: user.id });
const number = (world: World): string => String(world.ids.integer(300_000));

function times(world: World): JsonObject {
  const now = isoZulu(world.now());
  return { created_at: now, modified_at: now };
}

/** A version's definitions with the tag that an edit names to say upon which it builds. */
function version(world: World, given: JsonObject, state: string, before?: JsonObject): JsonObject {
  const data = given.data_definition ?? before?.data_definition ?? {};
  const ui = given.ui_definition ?? before?.ui_definition ?? {};
  const drafted = before !== undefined && before.state === 'draft';
  return {
    ...times(world),
    id: drafted ? (before.id ?? '') : number(world),
    state,
    version: drafted ? (before.version ?? 1) : Number(before?.version ?? 0) + 1,
    etag: createHash('sha256')
      .update(JSON.stringify([data, ui]))
      .digest('hex'),
    definition_signature: '',
    data_definition: data,
    ui_definition: ui,
    ...author(world),
  };
}

function publication(world: World, form: string, of: Json, before: Json | undefined): JsonObject {
  return {
    ...times(world),
    id: number(world),
    org_id: world.user.orgId,
    form_id: form,
    publish_seq: Number(at(before, 'publish_seq') ?? 0) + 1,
    form_version: of,
    ...author(world),
  };
}

function makeForm(world: World, id: string, given: JsonObject, published: boolean): Item {
  const first = version(world, given, published ? 'frozen' : 'draft');
  return {
    id,
    type: 'forms',
    attributes: {
      ...times(world),
      active: true,
      anonymous: given.anonymous ?? false,
      datastore_config: given.datastore_config || {
        datastore_id: world.ids.uuid(),
        primary_column_name: 'id',
        primary_key_generation_strategy: 'none',
      },
      description: given.description ?? '',
      idp_survey: given.idp_survey ?? false,
      name: given.name ?? '',
      org_id: world.user.orgId,
      ...(published && { publication: publication(world, id, first.version ?? 1, undefined) }),
      self_service: false,
      single_response: given.single_response ?? false,
      ...author(world),
      version: first,
    },
  };
}

const forms: CollectionRule = {
  finish(item, { world }, before, given) {
    if (!before) return makeForm(world, textOf(item.id), objectOf(given.attributes), false);
    const attributes = { ...objectOf(before.attributes), ...objectOf(at(given, 'attributes', 'form_update')) };
    return { ...before, attributes: { ...attributes, modified_at: isoZulu(world.now()) } };
  },
  view(item, { operation }) {
    if (operation.id !== 'ListForms') return item;
    const { version: _version, publication: _publication, ...attributes } = objectOf(item.attributes);
    return { ...item, attributes };
  },
  notFound: noForm,
};

const given = (call: Call): JsonObject => objectOf(at(call.body, 'data', 'attributes'));

/** Deleting a form that is not there is no error. */
function deleteForm({ world, params }: Call): Answer {
  const id = params.form_id ?? '';
  return ok(world.remove(FORMS, id) ? { data: { id, type: 'forms' } } : {});
}

function createPublished(call: Call): Answer {
  const item = makeForm(call.world, call.world.ids.uuid(), given(call), true);
  call.world.collection(FORMS).set(textOf(item.id), item);
  return ok({ data: item });
}

const withForm =
  (run: (call: Call, form: Item, attributes: JsonObject) => Answer) =>
  (call: Call): Answer => {
    const form = call.world.find(FORMS, call.params.form_id ?? '');
    return form ? run(call, form, objectOf(form.attributes)) : noForm(call);
  };

const clone = withForm((call, _form, attributes) => {
  const { world } = call;
  const source = { ...attributes, ...objectOf(attributes.version), ...given(call) };
  const item = makeForm(world, world.ids.uuid(), source, false);
  world.collection(FORMS).set(textOf(item.id), item);
  return ok({ data: item });
});

const publish = withForm((call, form, attributes) => {
  const { id, ...made } = publication(call.world, textOf(form.id), given(call).version ?? 1, attributes.publication);
  attributes.publication = { id: id ?? '', ...made };
  objectOf(attributes.version).state = 'frozen';
  return ok({ data: { id: id ?? '', type: 'form_publications', attributes: made } });
});

const upsert = withForm((call, _form, attributes) => {
  const wanted = given(call);
  const made = version(call.world, wanted, textOf(wanted.state) || 'draft', objectOf(attributes.version));
  attributes.version = made;
  const { id = '', ...rest } = made;
  return ok({ data: { id, type: 'form_versions', attributes: rest } });
});

const upsertAndPublish = withForm((call, form, attributes) => {
  const made = version(call.world, given(call), 'frozen', objectOf(attributes.version));
  attributes.version = made;
  attributes.publication = publication(call.world, textOf(form.id), made.version ?? 1, attributes.publication);
  return ok({ data: form });
});

export const formFamily: Family = {
  name: 'forms',
  collections: { [FORMS]: forms },
  handlers: {
    'v2.DeleteForm': deleteForm,
    'v2.CreateAndPublishForm': createPublished,
    'v2.CloneForm': clone,
    'v2.PublishForm': publish,
    'v2.UpsertFormVersion': upsert,
    'v2.UpsertAndPublishFormVersion': upsertAndPublish,
  },
};
