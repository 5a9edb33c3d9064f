// An input that never has anything to read.
export default () => ({
  run: ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
})
