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

/** Details of a refusal, such as the string to sign, for developers of clients to compare with their own. */
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

/** Shows a symbol at each line end, because a missing or additional one is a frequent mistake. */
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

/** The index of the first difference of two texts; their length if they are equal. */
function firstDifference(a = '', b = ''): number {
  let at = 0
  while (at < a.length && at < b.length && a[at] === b[at]) at++
  return at
}
