import type { RequestRecord } from '../../../../emulator/request-log.ts'

type Refusal = NonNullable<RequestRecord['refusal']>

const NAMES: Readonly<Record<string, string>> = {
  header: 'Header',
  sent: 'The client sent',
  expected: 'Expected',
  stringToSign: 'The string that was to be signed',
  canonicalRequest: 'The canonical request',
  dayOfScope: 'Day in the scope',
  dayOfHeader: 'Day in the header',
}

/** Exactly what was wrong with a request: what a developer of a client compares with what he has made. */
export function RefusalDetail({ refusal }: { readonly refusal: Refusal }) {
  const { errorCode, message, detail } = refusal
  const differsAt = firstDifference(detail.sent, detail.expected)
  return (
    <div class="refusal">
      <p>
        <b class="code">{errorCode}</b> {message}
      </p>
      {Object.entries(detail).map(([name, text]) => (
        <div key={name}>
          <h2>{NAMES[name] ?? name}</h2>
          <pre>{name === 'sent' || name === 'expected' ? marked(text, differsAt) : visible(text)}</pre>
        </div>
      ))}
    </div>
  )
}

/** Line ends as they are, and their sign: one too many is a frequent mistake. */
function visible(text: string): string {
  return text.replaceAll('\n', '↵\n').replaceAll('\t', '→')
}

function marked(text: string, differsAt: number) {
  if (text === '') return <i>nothing</i>
  return (
    <>
      {text.slice(0, differsAt)}
      <mark>{text.slice(differsAt)}</mark>
    </>
  )
}

/** Where two texts part; their length where they do not. */
function firstDifference(a = '', b = ''): number {
  let at = 0
  while (at < a.length && at < b.length && a[at] === b[at]) at++
  return at
}
