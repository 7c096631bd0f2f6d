// Where synthetic tests run from: Datadog's locations, and private ones with their keys.
import { generateKeyPairSync } from 'node:crypto';
import { type Answer, type Call, ok, textFailure } from '../call.ts';
import type { Family } from '../family.ts';
import { objectOf, textOf } from '../json.ts';
import { isoMicroseconds } from '../times.ts';
import type { Item } from '../world.ts';

const PRIVATE = '/api/v1/synthetics/private-locations';

/** Datadog's own, as they are named in tests, shown, and grouped. */
export const LOCATIONS: readonly (readonly [name: string, shown: string, region: string])[] = [
  ['aws:af-south-1', 'Cape Town (AWS)', 'Africa'],
  ['aws:ap-east-1', 'Hong Kong (AWS)', 'APAC'],
  ['aws:ap-northeast-1', 'Tokyo (AWS)', 'APAC'],
  ['aws:ap-northeast-2', 'Seoul (AWS)', 'APAC'],
  ['aws:ap-northeast-3', 'Osaka (AWS)', 'APAC'],
  ['aws:ap-south-1', 'Mumbai (AWS)', 'APAC'],
  ['aws:ap-southeast-1', 'Singapore (AWS)', 'APAC'],
  ['aws:ap-southeast-2', 'Sydney (AWS)', 'APAC'],
  ['aws:ap-southeast-3', 'Jakarta (AWS)', 'APAC'],
  ['aws:ca-central-1', 'Canada Central (AWS)', 'Americas'],
  ['aws:eu-central-1', 'Frankfurt (AWS)', 'Europe'],
  ['aws:eu-north-1', 'Stockholm (AWS)', 'Europe'],
  ['aws:eu-south-1', 'Milan (AWS)', 'Europe'],
  ['aws:eu-west-1', 'Ireland (AWS)', 'Europe'],
  ['aws:eu-west-2', 'London (AWS)', 'Europe'],
  ['aws:eu-west-3', 'Paris (AWS)', 'Europe'],
  ['aws:me-south-1', 'Bahrain (AWS)', 'Middle East'],
  ['aws:sa-east-1', 'São Paulo (AWS)', 'Americas'],
  ['aws:us-east-1', 'N. Virginia (AWS)', 'Americas'],
  ['aws:us-east-2', 'Ohio (AWS)', 'Americas'],
  ['aws:us-west-1', 'N. California (AWS)', 'Americas'],
  ['aws:us-west-2', 'Oregon (AWS)', 'Americas'],
  ['azure:eastus', 'Virginia (Azure)', 'Americas'],
  ['gcp:us-west1', 'Oregon (GCP)', 'Americas'],
];

const listLocations = ({ world }: Call): Answer =>
  ok({
    locations: [
      ...LOCATIONS.map(([id, name]) => ({ id, name })),
      ...[...world.collection(PRIVATE).values()].map(({ id, name }) => ({ id: id ?? '', name: name ?? '' })),
    ],
  });

let keys: { readonly publicKey: string; readonly privateKey: string } | undefined;

/** One pair for all locations of a process: nothing is ever encrypted with it. */
function keyPair(): { readonly publicKey: string; readonly privateKey: string } {
  keys ??= generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return keys;
}

function createPrivateLocation({ world, body }: Call): Answer {
  const given = objectOf(body);
  if (textOf(given.name) === '') return textFailure(400, "Required parameter 'name' is missing");
  const { user } = world;
  const id = `pl:${textOf(given.name)
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, '-')
    .slice(0, 64)}-${world.ids.hex(32)}`;
  const now = isoMicroseconds(world.now());
  const { publicKey, privateKey } = keyPair();
  const [accessKey, secret, decryption] = [world.ids.hex(32), world.ids.hex(64), world.ids.hex(32)];
  const fingerprint = `sha256$base64$${world.ids.hash()}=`;
  const location: Item = {
    id,
    name: given.name ?? '',
    description: given.description ?? '',
    tags: given.tags ?? [],
    metadata: given.metadata ?? { restricted_roles: [] },
    createdAt: now,
    modifiedAt: now,
    createdBy: user.handle,
    config: { site: world.site },
  };
  world.collection(PRIVATE).set(id, location);
  return ok({
    private_location: {
      ...location,
      secrets: {
        authentication: { id: accessKey, key: secret },
        config_decryption: { id: decryption, key: privateKey },
      },
    },
    config: {
      id,
      site: world.site,
      accessKey,
      secretAccessKey: secret,
      privateKey,
      publicKey: { pem: publicKey, fingerprint },
    },
    result_encryption: { id: fingerprint, key: publicKey },
  });
}

export const syntheticsLocationFamily: Family = {
  name: 'locations of synthetic tests',
  collections: {
    [PRIVATE]: {
      finish: (item, { world }) => ({ ...item, modifiedAt: isoMicroseconds(world.now()) }),
      notFound: () => textFailure(404, 'Private location not found'),
      strict: false,
    },
  },
  handlers: {
    'v1.ListLocations': listLocations,
    'v1.GetSyntheticsDefaultLocations': () => ok(LOCATIONS.map(([id]) => id)),
    'v1.CreatePrivateLocation': createPrivateLocation,
  },
};
