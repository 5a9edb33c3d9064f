import type { ComponentType } from 'preact'

/** What every view is given. */
export interface ViewProps {
  /** What the address says behind `?`. */
  readonly parameters: URLSearchParams
}

/** One of the views of the console. */
export interface View {
  /** Its name in the address. */
  readonly name: string
  readonly title: string
  /** What it is for, in the help. */
  readonly purpose: string
  readonly Content: ComponentType<ViewProps>
}
