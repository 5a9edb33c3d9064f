/** Made by scripts/console-page.ts when the package is built. */
declare module 'virtual:console-page' {
  const files: Readonly<Record<string, string>>
  export default files
}
