// What this browser keeps, in IndexedDB: purchases that are not over ("pending") and pictures that were made ("made"). API keys are
// never in it. Everything rejects where a browser keeps nothing, or has no room.
let opening;

function open() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open('flux', 1);
    request.onupgradeneeded = () => {
      for (const name of ['pending', 'made']) request.result.createObjectStore(name, {keyPath: 'key'});
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opening;
}

async function work(store, mode, act) {
  const transaction = (await open()).transaction(store, mode);
  const request = act(transaction.objectStore(store));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

export const put = (store, row) => work(store, 'readwrite', (at) => at.put(row));
export const remove = (store, key) => work(store, 'readwrite', (at) => at.delete(key));
export const clear = (store) => work(store, 'readwrite', (at) => at.clear());
// All of them, newest first.
export const all = async (store) => (await work(store, 'readonly', (at) => at.getAll())).sort((a, b) => b.at - a.at);
