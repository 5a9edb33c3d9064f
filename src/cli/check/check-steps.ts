import type { Color, Paint } from '../shared/colors.ts'

const COLORS: Readonly<Record<CheckStep['status'], Color>> = { ok: 'green', failed: 'red', skipped: 'dim' }

/** The result of one check. */
export interface CheckStep {
  readonly name: string
  readonly status: 'ok' | 'failed' | 'skipped'
  /** What the check has found. */
  readonly detail: string
  /** For a failed step: what to do next. */
  readonly advice?: string
}

export function ok(name: string, detail: string): CheckStep {
  return { name, status: 'ok', detail }
}

export function failed(name: string, detail: string, advice?: string): CheckStep {
  return { name, status: 'failed', detail, ...(advice !== undefined && { advice }) }
}

export function skipped(name: string, detail: string): CheckStep {
  return { name, status: 'skipped', detail }
}

export function isPassed(steps: readonly CheckStep[]): boolean {
  return steps.every(({ status }) => status !== 'failed')
}

/** Text for a terminal: one line per check, and below a failed one what to do. */
export function stepsText(steps: readonly CheckStep[], paint: Paint): string {
  return steps
    .flatMap(({ name, status, detail, advice }) => {
      const shown = paint(COLORS[status], (status === 'failed' ? 'FAILED' : status).padEnd(8))
      const line = `${shown} ${name.padEnd(12)} ${detail}`
      return advice === undefined ? [line] : [line, `${' '.repeat(22)}-> ${advice}`]
    })
    .map((line) => `${line}\n`)
    .join('')
}
