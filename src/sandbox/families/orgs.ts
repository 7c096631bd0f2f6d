// Organisations: the one of the sandbox with its settings, and the children that it makes.
import { type Answer, type Call, ok, textFailure } from '../call.ts';
import type { Family } from '../family.ts';
import { at, isObject, type JsonObject, merge, objectOf, textOf } from '../json.ts';
import { type Item, ORGANISATION, type World } from '../world.ts';

const ORGS = '/api/v1/org';
const NAME_LIMIT = 32;

const SETTINGS: JsonObject = {
  private_widget_share: false,
  saml: { enabled: false },
  saml_autocreate_access_role: 'st',
  saml_autocreate_users_domains: { domains: [], enabled: false },
  saml_can_be_enabled: false,
  saml_idp_endpoint: null,
  saml_idp_initiated_login: { enabled: false },
  saml_idp_metadata_uploaded: false,
  saml_login_url: null,
  saml_strict_mode: { enabled: false },
};

function organisation(publicId: string, name: string, created: string, more: JsonObject = {}): Item {
  return {
    public_id: publicId,
    name,
    description: null,
    created,
    billing: { type: 'parent_billing' },
    subscription: { type: 'pro' },
    trial: false,
    settings: structuredClone(SETTINGS),
    ...more,
  };
}

/** Runs with the organisation that the path names. */
function withOrg({ world, params }: Call, run: (org: Item) => Answer): Answer {
  const org = world.find(ORGS, params.public_id ?? '');
  return org ? run(org) : textFailure(404, 'Organization not found');
}

const updateOrg = (call: Call): Answer =>
  withOrg(call, (before) => {
    const { name, description, settings } = objectOf(call.body);
    if (name !== undefined && textOf(name).length > NAME_LIMIT)
      return textFailure(400, `The name of an organization has at most ${NAME_LIMIT} characters`);
    const org = {
      ...before,
      ...(name && { name }),
      ...(description !== undefined && { description }),
      settings: isObject(settings) ? merge(before.settings, settings) : before.settings!,
    };
    call.world.collection(ORGS).set(textOf(before.public_id), org);
    return ok({ org });
  });

/** A child organisation, with its first keys and user. */
function createChild({ world, body }: Call): Answer {
  const name = textOf(at(body, 'name'));
  if (name === '' || name.length > NAME_LIMIT)
    return textFailure(400, `The name of an organization has 1 to ${NAME_LIMIT} characters`);
  const { ids, user } = world;
  const created = new Date(world.now()).toISOString().slice(0, 19).replace('T', ' ');
  const given = objectOf(body);
  const more = {
    ...(given.billing && { billing: given.billing }),
    ...(given.subscription && { subscription: given.subscription }),
  };
  const org = organisation(ids.letters(16), name, created, more);
  world.collection(ORGS).set(textOf(org.public_id), org);
  return ok({
    org,
    api_key: { created, created_by: user.handle, key: ids.hex(32), name: 'API Key' },
    application_key: { hash: ids.hex(40), name: 'Application Key', owner: user.handle },
    user: {
      handle: user.handle,
      name: user.name,
      email: user.email,
      access_role: 'adm',
      disabled: false,
      verified: true,
      icon: user.icon,
    },
  });
}

/** The organisation in the words of version 2. */
function managed(org: Item, { user }: World): Item {
  const when = `${textOf(org.created).replace(' ', 'T')}+00:00`;
  const { name, description, public_id } = org;
  const attributes = {
    name,
    description,
    public_id,
    created_at: when,
    modified_at: when,
    disabled: false,
    sharing: 'none',
    url: null,
  };
  return { type: 'orgs', id: user.orgUuid, attributes: attributes as JsonObject };
}

function listManaged({ world }: Call): Answer {
  const org = managed(world.find(ORGS, ORGANISATION.publicId)!, world);
  const { id, type } = org;
  const relationships = {
    current_org: { data: { id: id!, type: type! } },
    managed_orgs: { data: [{ id: id!, type: type! }] },
  };
  return ok({ data: { id: world.user.orgUuid, type: 'managed_orgs', relationships }, included: [org] });
}

export const orgFamily: Family = {
  name: 'organisations',
  handlers: {
    'v1.ListOrgs': ({ world }) => ok({ orgs: [...world.collection(ORGS).values()] }),
    'v1.GetOrg': (call) => withOrg(call, (org) => ok({ org })),
    'v1.UpdateOrg': updateOrg,
    'v1.CreateChildOrg': createChild,
    'v1.DowngradeOrg': (call) => withOrg(call, ({ name }) => ok({ message: `${textOf(name)} is being downgraded` })),
    'v2.ListOrgs': listManaged,
  },
  seed: (world) => {
    const org = organisation(ORGANISATION.publicId, ORGANISATION.name, '2019-09-26 17:28:28');
    world.collection(ORGS).set(ORGANISATION.publicId, org);
  },
};
