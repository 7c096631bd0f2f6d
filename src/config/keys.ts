// The `keys` section: where the key-encryption key and the signing key stand. Never the keys themselves.
import { isAbsolute, resolve, sep } from 'node:path';
import { z } from 'zod';
import { duration } from './unit-schemas.ts';

const file = z.strictObject({ file: z.string().min(1).describe('A file with mode 0600, outside the data directory.') });
const env = z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/) });
const command = z.strictObject({
  command: z
    .array(z.string().max(4096))
    .min(1)
    .max(64)
    .refine(
      ([program = '']) => program.includes('/'),
      'the program must be a path; a bare name would be looked up in $PATH',
    )
    .describe('Program and arguments; no shell. It writes the key to stdout.'),
  timeout: duration.optional().describe('Time it may take; 10s when absent.'),
});
const arn = z
  .string()
  .regex(/^arn:[a-z0-9-]+:kms:[a-z0-9-]+:\d{12}:(key|alias)\/[A-Za-z0-9/_-]{1,256}$/, 'expected the ARN of a KMS key');
const kms = {
  key: arn.describe('ARN of a symmetric key. Do not write it another way later.'),
  region: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/)
    .optional()
    .describe("The ARN's own when absent."),
  endpoint: z
    .string()
    .refine((value) => /^https?:$/.test(URL.parse(value)?.protocol ?? ''), 'expected a URL')
    .optional()
    .describe('Another endpoint, such as that of a VPC.'),
};

const EXPECTED =
  'expected { file: PATH }, { env: VARIABLE }, { command: [PROGRAM, …] } or { awsKms: … }; the key itself never stands in the configuration';

/** Where the key-encryption key stands. */
export const encryptionSource = z.union([file, env, command, z.strictObject({ awsKms: z.strictObject(kms) })], {
  error: EXPECTED,
});

/** Where the signing key stands. */
export const signingSource = z.union(
  [
    file,
    env,
    command,
    z.strictObject({
      awsKms: z.strictObject({ ...kms, sealed: z.string().min(1).describe('File that holds the key, sealed by KMS.') }),
    }),
  ],
  { error: EXPECTED },
);

export const keysSchema = z.strictObject({
  encryption: encryptionSource.describe(
    'The key-encryption key: it wraps every data key. Must lie outside the data directory.',
  ),
  signing: signingSource.describe(
    "The Ed25519 key that signs the journal's checkpoints. Must lie outside the data directory.",
  ),
});

export type KeyPlace = z.output<typeof signingSource> | z.output<typeof encryptionSource>;

/** The place with its paths absolute. */
export function absolutePlace<T extends KeyPlace>(place: T, base: string): T {
  const absolute = (path: string): string => (isAbsolute(path) ? path : resolve(base, path));
  if ('file' in place) return { ...place, file: absolute(place.file) };
  if ('command' in place) {
    const [program = '', ...args] = place.command;
    return { ...place, command: [absolute(program), ...args] };
  }
  if ('awsKms' in place && 'sealed' in place.awsKms && place.awsKms.sealed !== undefined) {
    return { ...place, awsKms: { ...place.awsKms, sealed: absolute(place.awsKms.sealed) } };
  }
  return place;
}

/** The field that names a file within the data directory, where keys must not be; undefined when there is none. */
export function fieldWithin(place: KeyPlace, data: string): readonly string[] | undefined {
  const within = (path: string | undefined): boolean =>
    path?.startsWith(data.endsWith(sep) ? data : data + sep) ?? false;
  if ('file' in place && within(place.file)) return ['file'];
  if ('awsKms' in place && 'sealed' in place.awsKms && within(place.awsKms.sealed)) return ['awsKms', 'sealed'];
  return undefined;
}
