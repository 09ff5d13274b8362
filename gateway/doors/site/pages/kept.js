// What this browser keeps: purchases that are not over ("pending") and pictures that were made ("made"), in IndexedDB; in memory
// where that is not to be had. API keys are never in it.
const VERSION = 1;
const memory = {pending: new Map(), made: new Map()};
let opening;

function open() {
  opening ??= new Promise((resolve) => {
    let request;
    try {
      request = indexedDB.open('flux', VERSION);
    } catch {
      return resolve(null);
    }
    request.onupgradeneeded = () => {
      for (const name of ['pending', 'made']) request.result.createObjectStore(name, {keyPath: 'key'});
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => resolve(null);
  });
  return opening;
}

async function work(store, mode, act, instead) {
  const base = await open();
  if (!base) return instead(memory[store]);
  return new Promise((resolve, reject) => {
    const transaction = base.transaction(store, mode);
    const request = act(transaction.objectStore(store));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

export const put = (store, row) => work(store, 'readwrite', (at) => at.put(row), (map) => map.set(row.key, row));
export const remove = (store, key) => work(store, 'readwrite', (at) => at.delete(key), (map) => map.delete(key));
export const clear = (store) => work(store, 'readwrite', (at) => at.clear(), (map) => map.clear());
// All of them, newest first.
export async function all(store) {
  const rows = await work(store, 'readonly', (at) => at.getAll(), (map) => [...map.values()]);
  return rows.sort((a, b) => b.at - a.at);
}
