// Style sheets are imported for their effect, or with `?url` for the address of the file that Vite makes of them.
declare module '*.css'
declare module '*.css?url' {
  const address: string
  export default address
}
