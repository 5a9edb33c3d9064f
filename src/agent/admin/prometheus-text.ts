/** One value of a metric. */
export interface Sample {
  /** What tells it from the other values of its metric, by name. */
  readonly labels: Readonly<Record<string, string>>
  /** In the unit that the name of the metric ends with. */
  readonly value: number
}

/** A metric with its values. */
export interface Metric {
  /** With its unit at the end: `_seconds`, `_bytes`, `_total`. */
  readonly name: string
  /** A counter only grows; a gauge goes up and down. */
  readonly type: 'counter' | 'gauge'
  /** A sentence for people. */
  readonly help: string
  /** Its values, one for each set of labels. */
  readonly samples: readonly Sample[]
}

/** The text format of Prometheus. Metrics without values are left out. */
export function prometheusText(metrics: readonly Metric[]): string {
  return metrics
    .filter(({ samples }) => samples.length > 0)
    .map(textOf)
    .join('')
}

function textOf({ name, type, help, samples }: Metric): string {
  const lines = samples.map(({ labels, value }) => `${name}${labelText(labels)} ${value}\n`)
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const entries = Object.entries(labels)
  return entries.length === 0 ? '' : `{${entries.map(([key, value]) => `${key}="${escaped(value)}"`).join(',')}}`
}

function escaped(value: string): string {
  return value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')
}
