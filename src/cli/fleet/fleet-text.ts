import type { FleetInputStatus, FleetMemberStatus, FleetStatus } from '../../fleet/index.ts'
import { countText } from '../shared/quantity-text.ts'

/** Two tables: the members, and the inputs with the members that run them. */
export function fleetText({ members, inputs }: FleetStatus, nowMs: number): string {
  const memberRows = members.map((member) => [
    member.name,
    `${member.owned}${member.planned === member.owned ? '' : ` (to be ${member.planned})`}`,
    String(member.weight),
    `${Math.round(member.load * 100)} %`,
    member.isDraining ? 'draining' : 'runs',
    `${ageText(nowMs - member.renewedAt)} ago`,
    labelsText(member),
  ])
  const inputRows = inputs.map((input) => [
    input.id,
    input.type,
    input.placement,
    runsOn(input),
    input.since === undefined ? '' : ageText(nowMs - input.since),
    input.problem ?? input.reason ?? '',
  ])
  const owned = countText(inputs.filter(({ problem }) => problem === undefined).length)
  return [
    table(['MEMBER', 'INPUTS', 'WEIGHT', 'LOAD', 'STATE', 'SEEN', 'LABELS'], memberRows),
    table(['INPUT', 'TYPE', 'PLACEMENT', 'RUNS ON', 'SINCE', 'WHY'], inputRows),
    `${members.length} members, ${owned} of ${countText(inputs.length)} inputs run\n`,
  ].join('\n')
}

/** Explains an input: which member runs it, since when, and why. */
export function explanation(input: FleetInputStatus, members: readonly FleetMemberStatus[], nowMs: number): string {
  const wanted = labelsText({ labels: input.on })
  const able = members.filter(({ labels }) => Object.entries(input.on).every(([key, value]) => labels[key] === value))
  const lines: [string, string][] = [['runs on', runsOn(input) || 'nobody']]
  if (input.since !== undefined) {
    lines.push(['since', `${new Date(input.since).toISOString()} (${ageText(nowMs - input.since)})`])
  }
  if (input.reason !== undefined) lines.push(['why there', input.reason])
  if (input.token !== undefined) lines.push(['token', String(input.token)])
  if (input.planned !== undefined && input.planned !== input.owner) lines.push(['moves to', input.planned])
  if (input.problem !== undefined) lines.push(['problem', input.problem])
  const names = able.map(({ name, isDraining }) => (isDraining ? `${name} (draining)` : name)).join(', ') || 'nobody'
  lines.push(['may run on', wanted === '' ? names : `${names} (${wanted})`])
  if (input.cost !== 1) lines.push(['cost', String(input.cost)])
  const where = input.placement === 'one' ? 'on one member' : 'on every member'
  return `${input.id}: ${input.type}, ${where}\n${lines.map(([name, value]) => `  ${name.padEnd(11)}${value}\n`).join('')}`
}

function runsOn({ placement, owner, members }: FleetInputStatus): string {
  return placement === 'all' ? members.join(', ') : (owner ?? '')
}

function labelsText({ labels }: { readonly labels: Readonly<Record<string, string>> }): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}

/** `5 s`, `12 min`, `3 h`, `4 days`. Not below 0, although the clocks of two machines differ. */
function ageText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] as string).length)))
  return all
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] as number))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}
