import type { ComponentType } from 'preact'

/** The properties of every view. */
export interface ViewProps {
  /** The parameters in the address, after `?`. */
  readonly parameters: URLSearchParams
}

/** A view of the console. */
export interface View {
  /** Its name in the address. */
  readonly name: string
  readonly title: string
  /** Its purpose, for the help. */
  readonly purpose: string
  readonly Content: ComponentType<ViewProps>
}
