// 0.1.0, which a bench builds from the history and gives this name.
declare module 'pennon-0.1.0' {
  export { createClient } from 'pennon'
}
