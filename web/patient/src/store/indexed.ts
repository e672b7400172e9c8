// IndexedDB with promises: the few calls that this app makes of it, in a third of a library's size, because the service
// worker and the first screen both carry it. A request rejects with its error; a transaction's `done` with the reason
// why it was taken back, which for a full disk is the QuotaExceededError itself.

/** Tables by name, each with its key and its rows. */
export type Schema = Readonly<Record<string, { readonly key: IDBValidKey; readonly value: unknown }>>

/** One table inside a transaction. Await nothing else than its calls while the transaction is open. */
export type Table<K, V> = {
  get(key: K): Promise<V | undefined>
  getKey(key: K): Promise<K | undefined>
  getAll(range?: IDBKeyRange, most?: number): Promise<V[]>
  getAllKeys(): Promise<K[]>
  count(): Promise<number>
  /** `key` only for tables whose rows do not hold it; so with `add`, which rejects where the key is known. */
  put(value: V, key?: K): Promise<K>
  add(value: V, key?: K): Promise<K>
  delete(key: K): Promise<undefined>
  clear(): Promise<undefined>
}
type TableOf<S extends Schema, N extends keyof S> = Table<S[N]['key'], S[N]['value']>

/** All or nothing. `store`: the first of its tables. */
export type Transaction<S extends Schema, N extends keyof S> = {
  readonly store: TableOf<S, N>
  objectStore<T extends N>(name: T): TableOf<S, T>
  /** Resolves when it is written. */
  readonly done: Promise<void>
}

/** An open database. Calls besides `transaction` are transactions of their own. */
export type IndexedDb<S extends Schema> = {
  readonly objectStoreNames: readonly (keyof S & string)[]
  transaction<N extends keyof S & string>(
    names: N | readonly N[],
    mode?: IDBTransactionMode,
    options?: IDBTransactionOptions,
  ): Transaction<S, N>
  get<N extends keyof S & string>(name: N, key: S[N]['key']): Promise<S[N]['value'] | undefined>
  getAll<N extends keyof S & string>(name: N, range?: IDBKeyRange, most?: number): Promise<S[N]['value'][]>
  getAllKeys<N extends keyof S & string>(name: N): Promise<S[N]['key'][]>
  count(name: keyof S & string): Promise<number>
}

/** How to open: `upgrade` makes the tables, `lost` is told when the connection is closed by anybody else. */
export type Opening = { upgrade(db: IDBDatabase, from: number): void; lost(): void }

const calls = ['get', 'getKey', 'getAll', 'getAllKeys', 'count', 'put', 'add', 'delete', 'clear'] as const

const answerOf = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

function tableOf(store: IDBObjectStore): Table<never, never> {
  const call = (name: (typeof calls)[number]) => [
    name,
    (...given: never[]) => answerOf((store[name] as (...given: never[]) => IDBRequest)(...given)),
  ]
  return Object.fromEntries(calls.map(call))
}

function transactionOf(raw: IDBTransaction): Transaction<Schema, string> {
  const done = new Promise<void>((resolve, reject) => {
    raw.oncomplete = () => resolve()
    raw.onabort = () => reject(raw.error ?? new DOMException('', 'AbortError'))
  })
  // Whoever awaits a request hears of its failure there already.
  done.catch(() => undefined)
  const objectStore = (name: string) => tableOf(raw.objectStore(name))
  return { store: objectStore(raw.objectStoreNames[0]!), objectStore, done } as never
}

/** Opens a database, and makes its tables where it is new or older. Rejects with the browser's error. */
export async function openIndexedDb<S extends Schema>(
  name: string,
  version: number,
  opening: Opening,
): Promise<IndexedDb<S>> {
  const request = indexedDB.open(name, version)
  request.onupgradeneeded = ({ oldVersion }) => opening.upgrade(request.result, oldVersion)
  const raw = await answerOf<IDBDatabase>(request)
  raw.onclose = opening.lost
  raw.onversionchange = () => {
    raw.close()
    opening.lost()
  }
  const transaction = (...given: Parameters<IDBDatabase['transaction']>) =>
    transactionOf(raw.transaction(...given))
  const onTable =
    (call: 'get' | 'getAll' | 'getAllKeys' | 'count') =>
    async (table: string, ...given: never[]): Promise<unknown> =>
      (transaction(table).store[call] as (...given: never[]) => Promise<unknown>)(...given)
  return {
    objectStoreNames: [...raw.objectStoreNames],
    transaction,
    get: onTable('get'),
    getAll: onTable('getAll'),
    getAllKeys: onTable('getAllKeys'),
    count: onTable('count'),
  } as never
}
