// What MCP clients call themselves: said once, in `initialize`, and true of the calls of the same session that follow.
import type { Call } from './call.ts';

const MAX_SESSIONS = 10_000;
const MAX_NAME = 512;

/** The names by session. They are claims, and recorded as such. */
export class McpClients {
  #names = new Map<string, string>();

  /** Names the client of an MCP call that says nothing of itself in a header. `body`: the request's, decoded. */
  name(call: Call, body: Uint8Array | undefined): void {
    const { operation } = call.classification;
    if (!operation.startsWith('mcp.')) return;
    if (operation === 'mcp.initialize' && body !== undefined) {
      const said = clientInfoOf(body);
      if (said !== undefined) this.#remember(call.session, said);
    }
    const { client } = call.head;
    const agent = client.agent ?? this.#names.get(call.session);
    if (agent !== client.agent && agent !== undefined) call.head = { ...call.head, client: { ...client, agent } };
  }

  #remember(session: string, name: string): void {
    this.#names.delete(session);
    this.#names.set(session, name);
    if (this.#names.size > MAX_SESSIONS) this.#names.delete(this.#names.keys().next().value ?? '');
  }
}

/** `name/version` of `params.clientInfo` (MCP specification 2025-06-18, lifecycle); undefined when there is none. */
function clientInfoOf(body: Uint8Array): string | undefined {
  let message: unknown;
  try {
    message = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  } catch {
    return undefined;
  }
  const info = member(member(message, 'params'), 'clientInfo');
  const [name, version] = [member(info, 'name'), member(info, 'version')];
  if (typeof name !== 'string' || name === '') return undefined;
  return (typeof version === 'string' && version !== '' ? `${name}/${version}` : name)
    .slice(0, MAX_NAME)
    .toWellFormed();
}

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
