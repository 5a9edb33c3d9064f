import { useEffect, useState } from 'preact/hooks'
import { type About, instanceOf, useAbout } from './feed/about.ts'
import { connectionOf } from './feed/connection.ts'
import type { FeedError } from './feed/http.ts'
import { Header } from './parts/header.tsx'
import { Help } from './parts/help.tsx'
import { Empty } from './parts/states.tsx'
import { TokenForm } from './parts/token-form.tsx'
import { useRoute } from './route.ts'
import type { View } from './view.ts'
import { AGENT_VIEWS, EMULATOR_VIEWS, PRODUCER_VIEWS } from './views/list.ts'

const VIEWS: Readonly<Record<About['kind'], readonly View[]>> = {
  emulator: EMULATOR_VIEWS,
  agent: AGENT_VIEWS,
  producer: PRODUCER_VIEWS,
}

/** The frame of all views: the header, the state of the connection, the help. */
export function App() {
  const about = useAbout()
  const route = useRoute()
  const [isHelpOpen, setHelpOpen] = useState(false)
  const views = about.value === undefined ? [] : VIEWS[about.value.kind]
  const view = views.find(({ name }) => name === route.view) ?? views[0]
  useShortcuts(views, () => setHelpOpen(true))
  useEffect(() => {
    if (view !== undefined) document.title = `${view.title} · loghub ${about.value?.kind}`
  }, [view, about.value?.kind])
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the content
      </button>
      <Header
        program={about.value?.kind}
        views={views}
        open={view?.name}
        connection={connectionOf(about)}
        onHelp={() => setHelpOpen(true)}
      />
      {/* The key changes with the process, so that no state of a former process is kept. */}
      <main id="main" tabIndex={-1} key={about.value && instanceOf(about.value)}>
        {view === undefined ? (
          <Start error={about.error} onToken={about.refresh} />
        ) : (
          <view.Content key={view.name} parameters={route.parameters} />
        )}
      </main>
      {isHelpOpen && <Help views={views} onClose={() => setHelpOpen(false)} />}
    </>
  )
}

function Start({ error, onToken }: { readonly error: FeedError | undefined; readonly onToken: () => void }) {
  if (error?.status === 401) return <TokenForm onToken={onToken} />
  if (error === undefined) return <Empty>Loading…</Empty>
  return <Empty>{error.isLost ? 'Nobody answers. Trying again every two seconds.' : error.message}</Empty>
}

/** `/` opens the search and `?` the help, but not while the user types. */
function useShortcuts(views: readonly View[], onHelp: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return
      if (event.key === '?') onHelp()
      else if (event.key === '/' && views.some(({ name }) => name === 'search')) goToSearch()
      else return
      event.preventDefault()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [views, onHelp])
}

function goToSearch(): void {
  const field = () => document.getElementById('query')
  if (field() === null) location.hash = '#/search'
  // The view is rendered one turn after the address has changed.
  setTimeout(() => field()?.focus(), 50)
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, textarea, select, dialog') !== null
}
