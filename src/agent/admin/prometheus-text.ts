/** One value of a metric. */
export interface Sample {
  /** Labels, by name: they distinguish it from the other values of the metric. */
  readonly labels: Readonly<Record<string, string>>
  /** In the unit that the name of the metric ends with. */
  readonly value: number
}

/** A metric with its values. */
export interface Metric {
  /** Ends with its unit: `_seconds`, `_bytes`, `_total`. */
  readonly name: string
  /** A counter only grows; a gauge also falls. */
  readonly type: 'counter' | 'gauge'
  /** A sentence that explains it. */
  readonly help: string
  /** Its values, one for each set of labels. */
  readonly samples: readonly Sample[]
}

/** Formats metrics as text for Prometheus. Leaves out metrics without values. */
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
