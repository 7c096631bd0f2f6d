// An exchange as the API shows it: its summary, and its bodies as people read them, within a bound.
import type { PartName } from '../exchange/entry.ts';
import type { BodyInfo } from '../exchange/exchange.ts';
import { asText, decodedBody } from '../export/decoded-body.ts';
import { headerOf, requestBodyInfo, touchedResources } from '../export/recorded-exchange.ts';
import { bodyBytes, type Direction, type FoundExchange } from './read-exchange.ts';
import { changesOf } from './resource-changes.ts';
import type { BodyView, ExchangeView } from './schemas-exchange.ts';
import { toldChanges } from './told-changes.ts';

/** Bytes of each body that a view carries when nothing is said; the raw body has the rest. */
export const VIEW_BODY = 1 << 20;

/**
 * The view. What the journal says of it beyond that, such as erasures, is for the caller to add.
 * @param most bytes of each body, and of what is told of changes
 * @param without parts that are withheld: their bodies are not shown, and differences, which any part may tell of, neither
 * @param plain bytes of each body that is told as it is; one that has to be decoded first needs to be whole
 */
export async function exchangeViewOf(
  found: FoundExchange,
  most = VIEW_BODY,
  without: readonly PartName[] = [],
  plain = most,
): Promise<ExchangeView> {
  const { summary, leaves } = found;
  const { exchange: id, classification, request, response, requestBody: _shownWithTheRequest, ...rest } = summary;
  const withContent = async (direction: Direction, info: BodyInfo): Promise<BodyView> => {
    if (without.includes(direction)) return { ...info, withheld: 'withheld' };
    const headers = direction === 'request' ? request.headers : (response?.headers ?? []);
    const coding = info.decoded ? undefined : headerOf(headers, 'content-encoding');
    const { bytes, truncated } = await bodyBytes(found.body(direction), coding === undefined ? plain : most);
    if (bytes.length === 0) return found.erased.includes(direction) ? { ...info, withheld: 'erased' } : info;
    // A body that is not whole here cannot be decoded: show its bytes.
    const decoded = decodedBody(bytes, truncated ? undefined : coding, 8 * most);
    const text = asText(decoded.bytes, { cut: truncated });
    return {
      ...info,
      content: {
        ...(text === undefined
          ? { encoding: 'base64', text: Buffer.from(decoded.bytes).toString('base64') }
          : { encoding: 'utf8', text }),
        ...(decoded.undone !== undefined && { undone: decoded.undone }),
        ...(decoded.failed !== undefined && { undecodable: decoded.failed }),
        truncated,
      },
    };
  };
  return {
    id,
    leaves,
    ...rest,
    classification,
    resources: touchedResources(summary),
    request: { ...request, body: await withContent('request', requestBodyInfo(summary)) },
    outcome: summary.outcome ?? 'pending',
    ...(classification.action !== 'read' &&
      without.length === 0 && { changes: toldChanges(await changesOf(found), most) }),
    ...(response && { response: { ...response, body: await withContent('response', response.body) } }),
  };
}
