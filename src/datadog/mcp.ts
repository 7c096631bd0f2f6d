// What a message to Datadog's MCP server asks for: JSON-RPC 2.0 over streamable HTTP.
import type { Action, Asked, Classification, RiskLevel } from '../exchange/operation.ts';
import { scanJson } from './json-scan.ts';
import { metricNames } from './metric-names.ts';
import { parseBody } from './places.ts';
import type { HostKind } from './sites.ts';
import type { Target } from './target.ts';

/** The path that MCP clients are given, on the MCP host of a site. */
export const MCP_PATH = '/api/unstable/mcp-server/mcp';

/** Whether a request is for the MCP server: by its host, or by its path when no host was named. */
export const isMcp = (target: Target, host: HostKind | undefined): boolean =>
  host === 'mcp' || ((host === undefined || host === 'api') && target.path === MCP_PATH);

type Judged = Omit<Classification, 'resources'>;

const MAX_MESSAGES = 100;
const MAX_ASKED = 50;
const READING_TOOL = /^(?:search|get|list)_/;
const CHANGING_TOOL =
  /(?:^|_)(?:create|add|edit|update|upsert|delete|remove|mute|unmute|cancel|run|trigger|send|set)(?:_|$)/;
const SENSITIVE_TOOL = /log|span|trace|rum|audit|security|signal|vulnerab|user|sql|process/;
/** Methods of the protocol that only ask, or keep the session going (MCP specification 2025-06-18). */
const READING_METHODS = new Set([
  'initialize',
  'ping',
  'tools/list',
  'resources/list',
  'resources/read',
  'resources/templates/list',
  'resources/subscribe',
  'resources/unsubscribe',
  'prompts/list',
  'prompts/get',
  'completion/complete',
  'logging/setLevel',
]);
const SEVERITY: readonly Action[] = ['read', 'update', 'create', 'execute', 'delete'];
const RISKS: readonly RiskLevel[] = ['low', 'medium', 'high', 'critical'];

/** A message that two readers may read differently, or that cannot be read, is judged as the worst it can be. */
const judgedWorst = (operation: string): Judged => ({
  operation,
  action: 'execute',
  risk: 'high',
  tags: [],
  asked: {},
});
const judgedHarmless = (operation: string): Judged => ({ operation, action: 'read', risk: 'low', tags: [], asked: {} });

/** What a request to the MCP server asks for; of a batch, the message that may do most. Never throws. */
export function judgeMcp(method: string, body: Uint8Array | undefined): Judged {
  if (method === 'GET' || method === 'HEAD') return judgedHarmless('mcp.stream');
  if (method === 'DELETE') return judgedHarmless('mcp.close');
  if (method !== 'POST' || body === undefined) return judgedWorst('mcp.unreadable');
  if (!hasUnambiguousFields(body)) return judgedWorst('mcp.unreadable');
  const parsed = parseBody(body, false);
  const messages = Array.isArray(parsed) ? parsed : [parsed];
  if (messages.length === 0 || messages.length > MAX_MESSAGES) return judgedWorst('mcp.unreadable');
  const all = messages.map(judgeMessage);
  const severity = ({ action, risk }: Judged): number => SEVERITY.indexOf(action) * RISKS.length + RISKS.indexOf(risk);
  const worst = all.reduce((a, b) => (severity(b) > severity(a) ? b : a));
  return {
    ...worst,
    tags: [...new Set(all.flatMap(({ tags }) => tags))],
    asked: mergedAsked(all.map(({ asked }) => asked)),
  };
}

function judgeMessage(message: unknown): Judged {
  if (!isObject(message)) return judgedWorst('mcp.unreadable');
  const { method, params } = message;
  if (method === undefined) return judgedHarmless('mcp.response');
  if (typeof method !== 'string') return judgedWorst('mcp.unreadable');
  if (method !== 'tools/call') {
    const name = `mcp.${safeName(method)}`;
    return READING_METHODS.has(method) || method.startsWith('notifications/')
      ? judgedHarmless(name)
      : { ...judgedWorst(name), risk: 'medium' };
  }
  if (!isObject(params) || typeof params.name !== 'string') return judgedWorst('mcp.tools/call');
  const tool = params.name;
  const operation = `mcp.${safeName(tool)}`;
  const asked = askedBy(tool, params.arguments);
  if (!READING_TOOL.test(tool)) {
    return { operation, action: 'execute', risk: CHANGING_TOOL.test(tool) ? 'high' : 'medium', tags: [], asked };
  }
  const sensitive = SENSITIVE_TOOL.test(tool);
  return {
    operation,
    action: 'read',
    risk: sensitive ? 'medium' : 'low',
    tags: sensitive ? ['sensitive-read'] : [],
    asked,
  };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Names come from the caller and end up in rules, searches and terminals. */
const safeName = (name: string): string => name.replace(/[^A-Za-z0-9_./-]/g, '?').slice(0, 128);

/** Search strings and metric names among a tool's arguments. */
function askedBy(tool: string, given: unknown): Asked {
  if (!isObject(given)) return {};
  const texts = [given.query, given.queries, given.metric_name, given.sql]
    .flat()
    .filter((text) => typeof text === 'string');
  const bounded = texts.slice(0, MAX_ASKED).map((text) => text.slice(0, 4096));
  if (bounded.length === 0) return {};
  if (!tool.includes('metric')) return { queries: bounded };
  return { metrics: [...new Set(bounded.flatMap((text) => (/[{]/.test(text) ? metricNames(text) : [text])))] };
}

function mergedAsked(all: readonly Asked[]): Asked {
  const metrics = [...new Set(all.flatMap((asked) => asked.metrics ?? []))];
  const queries = [...new Set(all.flatMap((asked) => asked.queries ?? []))];
  return { ...(metrics.length > 0 && { metrics }), ...(queries.length > 0 && { queries }) };
}

/** The fields that decide, by lower-case name: a reader that minds no case must not find what we have not. */
const DECIDING = new Set(['method', 'params', 'name', 'arguments', 'jsonrpc', 'id', 'result', 'error']);

/**
 * Whether the bytes are strict JSON in which, as deep as a message's meaning goes, no object has two fields of one name
 * whatever the case, and no deciding field is spelled in another case.
 */
function hasUnambiguousFields(bytes: Uint8Array): boolean {
  let clear = true;
  const open: Set<string>[] = [new Set()];
  const whole = scanJson(bytes, {
    field(name) {
      // A message, its params and their fields; inside a tool's arguments names are the tool's business.
      if (open.length <= 4) {
        const plain = name.toLowerCase();
        const names = open.at(-1)!;
        if (names.has(plain) || (plain !== name && DECIDING.has(plain))) clear = false;
        names.add(plain);
      }
      open.push(new Set());
    },
    item: () => void open.push(new Set()),
    leave: () => void open.pop(),
    scalar: () => undefined,
  });
  return whole && clear;
}
