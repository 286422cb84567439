// Files of this page in the browser's own storage on this machine.
//
// In: names and contents. Out: a place that keeps them, or null where the browser offers none (private windows of some). The origin's
// private file system is used where it can be written from a page, IndexedDB elsewhere. A write that breaks off leaves what was there.

export interface Store {
  kind: 'files' | 'database'
  write(name: string, content: Blob): Promise<void>
  read(name: string): Promise<Blob | null>
  list(): Promise<string[]>
  remove(name: string): Promise<void>
}

const FOLDER = 'contrastvae-kept'
const TABLE = 'files'

export async function openStore(): Promise<Store | null> {
  for (const open of [openFiles, openDatabase]) {
    try {
      const store = await open()
      if (store) return store
    } catch {
      // The next one, or none: who asks is told by the null.
    }
  }
  return null
}

/** Whether a write failed since the browser gives this page no more room. */
export const isFull = (error: unknown): boolean => error instanceof DOMException && error.name === 'QuotaExceededError'

const isMissing = (error: unknown): boolean => error instanceof DOMException && error.name === 'NotFoundError'

async function openFiles(): Promise<Store | null> {
  // Safari before 26 lets only workers write here.
  if (!('storage' in navigator) || !('createWritable' in (globalThis.FileSystemFileHandle?.prototype ?? {}))) return null
  const root = await navigator.storage.getDirectory()
  const folder = await root.getDirectoryHandle(FOLDER, { create: true })
  return {
    kind: 'files',
    async write(name, content) {
      const file = await folder.getFileHandle(name, { create: true })
      // The stream goes to a temporary file, which takes the place of the old one when it is closed.
      const stream = await file.createWritable()
      try {
        await stream.write(content)
        await stream.close()
      } catch (error) {
        await stream.abort().catch(() => {})
        // A file that was not there before has no contents to keep.
        if ((await file.getFile()).size === 0) await folder.removeEntry(name).catch(() => {})
        throw error
      }
    },
    async read(name) {
      try {
        return await (await folder.getFileHandle(name)).getFile()
      } catch (error) {
        if (isMissing(error)) return null
        throw error
      }
    },
    async list() {
      const names: string[] = []
      for await (const name of folder.keys()) names.push(name)
      return names
    },
    async remove(name) {
      await folder.removeEntry(name).catch((error: unknown) => {
        if (!isMissing(error)) throw error
      })
    },
  }
}

async function openDatabase(): Promise<Store | null> {
  if (!('indexedDB' in globalThis)) return null
  const opening = indexedDB.open(FOLDER, 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore(TABLE)
  const database = await answered(opening)
  const within = async <T>(mode: IDBTransactionMode, ask: (table: IDBObjectStore) => IDBRequest<T>): Promise<T> => {
    const transaction = database.transaction(TABLE, mode)
    const ended = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve()
      transaction.onabort = () => reject(transaction.error ?? new DOMException('', 'AbortError'))
    })
    const [answer] = await Promise.all([answered(ask(transaction.objectStore(TABLE))), ended])
    return answer
  }
  return {
    kind: 'database',
    // A transaction is done as a whole or not at all.
    write: async (name, content) => void (await within('readwrite', (table) => table.put(content, name))),
    read: async (name) => (await within<Blob | undefined>('readonly', (table) => table.get(name))) ?? null,
    list: async () => (await within('readonly', (table) => table.getAllKeys())).map(String),
    remove: async (name) => void (await within('readwrite', (table) => table.delete(name))),
  }
}

function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new DOMException('', 'UnknownError'))
  })
}
