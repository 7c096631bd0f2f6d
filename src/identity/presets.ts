// What is known of the tokens of well-known issuers: which claims name the caller and its run, and what must be asked of them.
import type { IdentityKind } from '../exchange/identity.ts';

export const PRESET_NAMES = ['oidc', 'github-actions', 'gitlab', 'kubernetes', 'google', 'azure', 'spiffe'] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

/** Where a claim stands: its name, or the names on the way to it. */
type ClaimPath = string | string[];

/** Facts that are not claims themselves, by the name that rules know them by. */
export type Facts = Readonly<Record<string, unknown>>;

export interface Preset {
  /** Where the service has one issuer for everybody. */
  readonly issuer?: string;
  readonly kind: IdentityKind;
  /** The first that a token has names the caller. */
  readonly name: readonly ClaimPath[];
  readonly email?: ClaimPath;
  readonly groups: ClaimPath;
  readonly session?: ClaimPath;
  readonly keep: readonly string[];
  /**
   * At an issuer that serves everybody: one of these must be matched, since a valid token alone says nothing of whose it is.
   * `for`: the issuer's own address, when only that one serves everybody.
   */
  readonly owner?: { readonly claims: readonly string[]; readonly for?: string };
  /** What a token says by its nesting or within a text. */
  readonly facts?: (claims: Readonly<Record<string, unknown>>) => Facts;
}

const GITHUB = 'https://token.actions.githubusercontent.com';
const GITLAB = 'https://gitlab.com';
const GOOGLE = 'https://accounts.google.com';

export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  oidc: { kind: 'agent', name: ['name'], email: 'email', groups: 'groups', keep: [] },
  // https://docs.github.com/actions/reference/security/oidc
  'github-actions': {
    issuer: GITHUB,
    kind: 'workload',
    name: ['repository'],
    groups: 'groups',
    session: 'run_id',
    keep: [
      'repository',
      'ref',
      'sha',
      'workflow_ref',
      'job_workflow_ref',
      'environment',
      'event_name',
      'run_id',
      'run_attempt',
      'actor',
      'runner_environment',
    ],
    owner: { claims: ['repository', 'repository_id', 'repository_owner', 'repository_owner_id', 'sub'] },
  },
  // https://docs.gitlab.com/ci/secrets/id_token_authentication/
  gitlab: {
    issuer: GITLAB,
    kind: 'workload',
    name: ['project_path'],
    groups: 'groups',
    session: 'pipeline_id',
    keep: [
      'project_path',
      'namespace_path',
      'ref',
      'ref_type',
      'ref_protected',
      'sha',
      'environment',
      'environment_protected',
      'pipeline_id',
      'pipeline_source',
      'job_id',
      'user_login',
      'runner_environment',
    ],
    owner: { claims: ['project_path', 'project_id', 'namespace_path', 'namespace_id', 'sub'], for: GITLAB },
  },
  // https://kubernetes.io/docs/concepts/security/service-accounts/ (projected tokens; sub is system:serviceaccount:NAMESPACE:NAME)
  kubernetes: {
    kind: 'workload',
    name: [['kubernetes.io', 'serviceaccount', 'name']],
    groups: 'groups',
    keep: ['namespace', 'serviceaccount', 'pod', 'node'],
    facts({ 'kubernetes.io': nested }) {
      const { namespace, serviceaccount, pod, node } = record(nested);
      return { namespace, serviceaccount: record(serviceaccount).name, pod: record(pod).name, node: record(node).name };
    },
  },
  // https://cloud.google.com/docs/authentication/token-types#id (service accounts; with format=full also the instance)
  google: {
    issuer: GOOGLE,
    kind: 'workload',
    name: ['email'],
    email: 'email',
    groups: 'groups',
    keep: ['azp', 'hd', 'project', 'zone', 'instance'],
    owner: { claims: ['email', 'hd', 'azp', 'project', 'sub'], for: GOOGLE },
    facts({ google }) {
      const { project_id, zone, instance_name } = record(record(google).compute_engine);
      return { project: project_id, zone, instance: instance_name };
    },
  },
  // https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference; the issuer names the tenant
  azure: {
    kind: 'workload',
    name: ['app_displayname', 'azp', 'appid'],
    groups: 'roles',
    keep: ['azp', 'appid', 'oid', 'tid', 'idtyp', 'xms_mirid'],
  },
  // https://github.com/spiffe/spiffe/blob/main/standards/JWT-SVID.md; sub is spiffe://TRUST-DOMAIN/PATH
  spiffe: {
    kind: 'workload',
    name: ['sub'],
    groups: 'groups',
    keep: ['path', 'trustDomain'],
    facts({ sub }) {
      const parts =
        typeof sub === 'string' ? /^spiffe:\/\/([a-z0-9._-]{1,255})((?:\/[A-Za-z0-9._-]+)*)$/.exec(sub) : null;
      return { trustDomain: parts?.[1], path: parts?.[2] };
    },
  },
};

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
