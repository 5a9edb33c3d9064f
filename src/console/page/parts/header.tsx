import type { Connection } from '../feed/connection.ts'
import { hrefOf } from '../route.ts'
import type { View } from '../view.ts'

interface HeaderProps {
  readonly program: string | undefined
  readonly views: readonly View[]
  readonly open: string | undefined
  readonly connection: Connection
  readonly onHelp: () => void
}

const CONNECTION_TEXT: Readonly<Record<Connection, string>> = {
  connecting: 'Connecting…',
  connected: 'Connected',
  lost: 'Connection lost, trying again',
}

export function Header({ program = '', views, open, connection, onHelp }: HeaderProps) {
  return (
    <header>
      <div class="brand">
        <b>loghub</b> {program}
      </div>
      <nav aria-label="Views">
        {views.map(({ name, title }) => (
          <a key={name} href={hrefOf(name)} aria-current={name === open ? 'page' : undefined}>
            {title}
          </a>
        ))}
      </nav>
      <div class="status">
        <span class={`connection ${connection}`} role="status">
          {CONNECTION_TEXT[connection]}
        </span>
        <button type="button" class="quiet" onClick={onHelp} aria-label="Help" title="Help (?)">
          ?
        </button>
      </div>
    </header>
  )
}
