export type EngineName = 'sqlite' | 'postgres' | 'mysql'

/** Where one engine's rounds take place. */
export interface Bed {
  readonly engine: EngineName
  /** An empty database with the tables made: a path, or a connection. */
  fresh(): Promise<string>
  close(): Promise<void>
}
