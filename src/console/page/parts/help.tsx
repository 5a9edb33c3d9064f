import type { View } from '../view.ts'
import { Dialog } from './dialog.tsx'

const QUERIES: readonly (readonly [example: string, meaning: string])[] = [
  ['timeout', 'logs with this word in any field, in any case'],
  ['"connection reset"', 'with this text, also in the middle of a word'],
  ['level: error', 'with this word in the field level'],
  ['time* and not debug', 'words that begin with time; * and ? stand for any characters'],
  ['status >= 500', 'numbers: >, >=, <, <=, ='],
  ['(a or b) and not c', 'and, or, not, parentheses'],
]

export function Help({ views, onClose }: { readonly views: readonly View[]; readonly onClose: () => void }) {
  const hasSearch = views.some(({ name }) => name === 'search')
  return (
    <Dialog title="Help" onClose={onClose}>
      <dl class="pairs">
        {views.map(({ name, title, purpose }) => (
          <div key={name}>
            <dt>{title}</dt>
            <dd>{purpose}</dd>
          </div>
        ))}
      </dl>
      <h3>Keys</h3>
      <dl class="pairs">
        {hasSearch && (
          <div>
            <dt>
              <kbd>/</kbd>
            </dt>
            <dd>go to the search</dd>
          </div>
        )}
        <div>
          <dt>
            <kbd>?</kbd>
          </dt>
          <dd>this help</dd>
        </div>
        <div>
          <dt>
            <kbd>Tab</kbd> <kbd>Enter</kbd>
          </dt>
          <dd>reach and use everything on the page</dd>
        </div>
        {hasSearch && (
          <div>
            <dt>
              <kbd>←</kbd> <kbd>→</kbd> <kbd>Enter</kbd>
            </dt>
            <dd>in the histogram: choose a bar and look at its time alone</dd>
          </div>
        )}
      </dl>
      {hasSearch && (
        <>
          <h3>Queries</h3>
          <dl class="pairs">
            {QUERIES.map(([example, meaning]) => (
              <div key={example}>
                <dt>
                  <code>{example}</code>
                </dt>
                <dd>{meaning}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
    </Dialog>
  )
}
