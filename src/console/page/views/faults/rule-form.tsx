import { ruleOfForm } from './rule-of-form.ts'

interface RuleFormProps {
  readonly onAdd: (rule: object) => void
}

/** A form for a rule of the script. Empty fields are left out. */
export function RuleForm({ onAdd }: RuleFormProps) {
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault()
    onAdd(ruleOfForm(new FormData(event.currentTarget as HTMLFormElement)))
  }
  return (
    <form class="panel" onSubmit={onSubmit}>
      <h2>A rule of your own</h2>
      <fieldset>
        <legend>Which requests</legend>
        <div class="fields">
          <Field label="Project" name="project" placeholder="any" />
          <Field label="Logstore" name="logstore" placeholder="any" />
          <Field label="Method" name="method" placeholder="any" />
          <Field label="Path" name="path" placeholder="any" />
          <Field label="How many requests" name="times" placeholder="no end" isNumber />
        </div>
      </fieldset>
      <fieldset>
        <legend>What happens</legend>
        <div class="fields">
          <Field label="Status" name="status" placeholder="as usual" isNumber />
          <Field label="Error code" name="errorCode" placeholder="as usual" />
          <Field label="Message" name="errorMessage" placeholder="as usual" />
          <Field label="Delay" name="delayMs" placeholder="0" unit="ms" isNumber />
          <Field label="Read the body at" name="bytesPerSecond" placeholder="full speed" unit="B/s" isNumber />
          <Field label="Clock ahead by" name="clockOffsetMs" placeholder="0" unit="ms" isNumber />
          <Field label="Writes per shard" name="shardQuota" placeholder="no limit" unit="1/s" isNumber />
          <Field label="Writes per project" name="projectQuota" placeholder="no limit" unit="1/s" isNumber />
          <label class="field">
            <span>Reset the connection</span>
            <select name="reset">
              <option value="">no</option>
              <option value="before">before storing</option>
              <option value="after">after storing</option>
            </select>
          </label>
        </div>
        <label class="check">
          <input type="checkbox" name="truncateAnswer" /> break the answer off
        </label>
        <label class="check">
          <input type="checkbox" name="withoutRequestId" /> without x-log-requestid
        </label>
      </fieldset>
      <button type="submit" class="primary">
        Add the rule
      </button>
    </form>
  )
}

interface FieldProps {
  readonly label: string
  readonly name: string
  readonly placeholder: string
  readonly unit?: string
  readonly isNumber?: boolean
}

function Field({ label, name, placeholder, unit, isNumber = false }: FieldProps) {
  return (
    <label class="field">
      <span>
        {label}
        {unit !== undefined && `, ${unit}`}
      </span>
      <input name={name} placeholder={placeholder} inputMode={isNumber ? 'numeric' : 'text'} autocomplete="off" />
    </label>
  )
}
