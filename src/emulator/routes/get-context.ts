/**
 * GetContextLogs (`GET ...?type=context_log`): the logs before and after a log, with the same `__pack_id__`. A log is
 * identified by `pack_id`, in the form `CONTEXT-0A|N` of the service, and by `pack_meta`, in the form `arrival|index|...`;
 * searches with `with_pack_meta` in their query show both.
 *
 * Not imitated: the form of `pack_meta` that the service uses.
 */
import { type Answer, jsonAnswer } from '../http/answer.ts'
import { refusal } from '../http/service-error.ts'
import { contextLogs } from '../search/context.ts'
import { flatLog, packMetaOf } from '../store/stored-log.ts'
import { logstoreOf, type Route, type RouteContext } from './route.ts'
import { inLine, queryParameters, textOf, wholeNumber } from './search-parameters.ts'

const MOST_LINES = 100

/** GetContextLogs. */
export const getContext: Route = {
  method: 'GET',
  path: '/logstores/:logstore',
  query: { type: ['context_log'] },
  handle: context,
}

async function context(routed: RouteContext): Promise<Answer> {
  const parameters = queryParameters(routed)
  const place = /^(\d{1,15})\|(\d{1,9})/.exec(textOf(parameters, 'pack_meta'))
  const packId = textOf(parameters, 'pack_id')
  if (place === null || packId === '') {
    throw refusal('ParameterInvalid', 'pack_id and pack_meta must be as a search with `| with_pack_meta` shows them')
  }
  const lines = (name: string) => Math.min(wholeNumber(parameters, name, 0), MOST_LINES)
  const [backLines, forwardLines] = [lines('back_lines'), lines('forward_lines')]
  if (backLines + forwardLines === 0) throw refusal('ParameterInvalid', 'back_lines or forward_lines must be given')
  const found = await inLine(routed, () =>
    contextLogs(
      { logstore: logstoreOf(routed), packId, maxWork: routed.policy.maxScannedLogs, signal: routed.request.signal },
      { arrival: Number(place[1]), index: Number(place[2]) },
      { backLines, forwardLines },
    ),
  )
  const logs = found.logs.map(({ log, arrival, offset }) => ({
    ...flatLog(log),
    __index_number__: String(offset),
    __tag__: '',
    __pack_meta__: packMetaOf(log, arrival),
  }))
  return jsonAnswer({
    progress: found.isComplete ? 'Complete' : 'Incomplete',
    total_lines: logs.length,
    back_lines: found.logs.filter(({ offset }) => offset < 0).length,
    forward_lines: found.logs.filter(({ offset }) => offset > 0).length,
    logs,
  })
}
