// Global variables of synthetic tests: a secret one never tells its value again.
import { textFailure } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { isObject, objectOf, textOf } from '../json.ts';
import { isoMicroseconds } from '../times.ts';
import { author } from './synthetics.ts';

const VARIABLES = '/api/v1/synthetics/variables';

const variables: CollectionRule = {
  strict: false,
  check(call, given, before) {
    if (!/^[A-Z][A-Z0-9_]+$/.test(textOf(given.name))) {
      return textFailure(400, "Parameter 'name' is invalid: it should match ^[A-Z][A-Z0-9_]+$");
    }
    const taken = [...call.world.collection(VARIABLES).values()].some(
      (other) => other.name === given.name && other.id !== before?.id,
    );
    return taken ? textFailure(409, `Global variable ${textOf(given.name)} already exists`) : undefined;
  },
  update: 'replace',
  finish(item, { world }, before) {
    const { user } = world;
    const value = objectOf(item.value);
    const { value: _hidden, ...shown } = value;
    const now = isoMicroseconds(world.now());
    return {
      id: item.id ?? '',
      name: item.name ?? '',
      description: item.description ?? '',
      type: 'variable',
      tags: item.tags ?? [],
      ...(before && {
        created_at: before.created_at ?? now,
        modified_at: now,
        creator: author(world),
        editor: { handle: user.handle },
      }),
      last_error: null,
      is_totp: item.is_totp || null,
      is_fido: item.is_fido || null,
      value: item.is_fido === true ? { secure: true } : value.secure === true ? shown : value,
      ...(isObject(item.attributes) && { attributes: item.attributes }),
      parse_test_public_id: item.parse_test_public_id || null,
      parse_test_name: null,
      parse_test_options: item.parse_test_options || null,
      parse_test_extracted_at: null,
    };
  },
  notFound: () => textFailure(404, 'Global variable not found'),
  deleted: () => ({ status: 200 }),
};

export const syntheticsVariableFamily: Family = {
  name: 'variables of synthetic tests',
  collections: { [VARIABLES]: variables },
};
