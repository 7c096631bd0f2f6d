// What Datadog knows of source code: GitHub accounts of CI Visibility, and syntax trees of static analysis.
import { type Answer, type Call, jsonApiFailure, ok } from '../call.ts';
import type { Family } from '../family.ts';
import { refuseBody } from '../generic.ts';
import { arrayOf, at, type Json, objectOf, textOf } from '../json.ts';
import type { Item } from '../world.ts';

const ACCOUNTS = '/api/v2/ci/github/accounts';

/** Turns an account on or off, or one of its repositories; what is told of the first time is there from then on. */
function updateAccount(call: Call): Answer {
  const refused = refuseBody(call);
  if (refused) return refused;
  const { world, body } = call;
  const { account, enabled, host = 'github.com', repository } = objectOf(at(body, 'data', 'attributes'));
  const name = textOf(account);
  const known = objectOf(world.find(ACCOUNTS, name)?.attributes);
  const repositories = arrayOf(known.repositories).filter((each) => at(each, 'name') !== at(repository, 'name'));
  if (repository !== undefined) repositories.push(repository);
  const attributes = {
    account: name,
    host,
    enabled: enabled ?? known.enabled ?? true,
    repo_count: repositories.length,
    repositories,
  };
  const item: Item = { id: name, type: 'ci_github_account', attributes };
  world.collection(ACCOUNTS).set(name, item);
  return ok({ data: item });
}

/** A tree of lines: the sandbox has no grammar, and what is asked of a tree are its positions. */
function syntaxTree(call: Call): Answer {
  const refused = refuseBody(call);
  if (refused) return refused;
  const code = textOf(at(call.body, 'data', 'attributes', 'code'));
  const lines = Buffer.from(code, 'base64').toString('utf8').split('\n');
  const node = (ast_type: string, from: number, to: number, children: Json[]): Json => ({
    ast_type,
    start: { line: from + 1, col: 1 },
    end: { line: to + 1, col: lines[to]!.length + 1 },
    field_name: '',
    children,
  });
  const statements = lines.flatMap((line, i) => (line.trim() === '' ? [] : [node('expression_statement', i, i, [])]));
  const result = node('module', 0, lines.length - 1, statements);
  return ok({ data: { id: call.world.ids.uuid(), type: 'get_ast_response', attributes: { result } } });
}

/** The smallest WebAssembly module: its magic number and version. The sandbox parses no language. */
const EMPTY_MODULE = Buffer.from([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);

export const codeFamily: Family = {
  name: 'source code',
  handlers: {
    'v2.ListCIAppGitHubAccounts': ({ world }) => ok({ data: [...world.collection(ACCOUNTS).values()] }),
    'v2.UpdateCIAppGitHubAccount': updateAccount,
    'v2.CreateStaticAnalysisAst': syntaxTree,
    'v2.GetStaticAnalysisTreeSitterWasm': () => ({ status: 200, type: 'application/wasm', bytes: EMPTY_MODULE }),
    'v2.GetModelLabArtifactContent': ({ query }) =>
      jsonApiFailure(400, `there is no artifact ${query.get('artifact_path') ?? ''}`),
  },
};
