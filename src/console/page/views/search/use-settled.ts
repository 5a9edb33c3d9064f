import { useEffect, useState } from 'preact/hooks'

/** A value once it has rested for a while, and a function that takes it at once. */
export function useSettled<T>(value: T, afterMs: number): readonly [settled: T, settle: () => void] {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), afterMs)
    return () => clearTimeout(timer)
  }, [value, afterMs])
  return [settled, () => setSettled(value)]
}
