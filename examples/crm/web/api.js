// The server's API. An answer, whatever became of it: nothing here throws.

let signedOut = () => {};

/** @param {() => void} listener told when the server no longer knows who this is */
export function onSignedOut(listener) {
  signedOut = listener;
}

/**
 * @param {string} path @param {object} [body] makes it a POST @param {AbortSignal} [signal]
 * @returns {Promise<{ok: boolean, status: number, data: any}>} status 0: the server could not be reached
 */
export async function ask(path, body, signal) {
  try {
    const response = await fetch(path, body === undefined ? {signal} : {
      method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body), signal,
    });
    if (response.status === 401) signedOut();
    const isJson = response.headers.get('Content-Type')?.startsWith('application/json');
    return {ok: response.ok, status: response.status, data: isJson ? await response.json() : {}};
  } catch {
    return {ok: false, status: 0, data: {}};
  }
}

export const searchContacts = text => ask(`/api/contacts${text === '' ? '' : `?search=${encodeURIComponent(text)}`}`);
export const openContact = id => ask(`/api/contacts/${encodeURIComponent(id)}`);
export const createContact = contact => ask('/api/contacts', contact);
export const readNumber = (text, signal) => ask('/api/number', text, signal);
export const formsOf = numbers => ask('/api/numbers', {numbers});
export const findCustomer = task => ask('/api/customer', task);
export const openCall = taskSid => ask(`/api/calls/${taskSid}`);
export const saveCall = (taskSid, change) => ask(`/api/calls/${taskSid}`, change);

/** Asked before every connection: a ticket is good for one minute. @param {'crm' | 'flex'} role */
export async function ticket(role) {
  const {ok, status, data} = await ask('/api/ticket', {role});
  if (!ok) throw new Error(`/api/ticket: ${status}`);
  return data.token ?? undefined;
}
