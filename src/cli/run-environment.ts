// The variables that Datadog's clients read, set so that an unmodified client reaches the gateway with its run's token.

/**
 * Variables to set for a command. Every one of them is set, so that no key of Datadog's own and no site of Datadog's is left over:
 * with the one a client would call past the gateway, with the other it would show Datadog the token.
 *
 * @param site domain under which the gateway answers for Datadog's hosts; without one the gateway's own host stands there, which is
 *   of use to those clients alone that put no `api.` before it
 */
export function runEnvironment(
  token: string,
  gateway: string,
  site: string | undefined,
  session: string,
): Record<string, string> {
  const { host, href } = new URL(gateway);
  const url = href.replace(/\/$/, '');
  const domain = site ?? host;
  return {
    // The API clients in every language, datadog-ci, Terraform, pup, datadogpy and dogshell.
    DD_API_KEY: token,
    DD_APP_KEY: token,
    DATADOG_API_KEY: token,
    DATADOG_APP_KEY: token,
    // MCP clients' plugins.
    DD_APPLICATION_KEY: token,
    DATADOG_APPLICATION_KEY: token,
    // pup; the examples of the API clients.
    DD_ACCESS_TOKEN: token,
    DD_BEARER_TOKEN: token,
    DD_SITE: domain,
    DATADOG_SITE: domain,
    // Terraform and datadogpy take a whole URL.
    DD_HOST: url,
    DATADOG_HOST: url,
    DD_MCP_DOMAIN: site === undefined ? host : `mcp.${site}`,
    // In the place of whatever credential exec itself was run with.
    DOGWATCH_TOKEN: token,
    DOGWATCH_GATEWAY: url,
    DOGWATCH_SESSION: session,
  };
}
