// The course's dialect, as its plugin has it but for what made it dangerous: target and sender are exact, and only a
// valid number dials.
import { decodeBare } from './codec.js';

/**
 * @param {{flex: any, window: any, origins: string[], calls: import('./outbound_call.js').OutboundCalls,
 *   console: {warn: (...words: unknown[]) => void}, config: import('./plugin.js').PluginConfig}} parts
 * @returns {() => void} ends it
 */
export function startBare({ flex, window, origins, calls, console, config }) {
  flex.Actions.addListener('afterSelectTask', (/** @type {any} */ payload) => {
    const attributes = payload?.task?.attributes;
    if (!attributes) return;
    try {
      // Attributes may hold functions, which windows cannot be sent.
      const plain = JSON.parse(JSON.stringify(attributes));
      for (const origin of origins) window.parent.postMessage(plain, origin);
    } catch {
      console.warn('flexcrm: attributes that are not JSON were not sent');
    }
  });
  /** @param {{data: unknown, origin: string, source: unknown}} event */
  const listener = ({ data, origin, source }) => {
    if (!source || source !== window.parent || !origins.includes(origin)) return;
    const read = decodeBare(data, config);
    if (read.type !== 'request' || read.method !== 'DialRequest') return;
    calls.place({ ...read.params, dialId: crypto.randomUUID() }, () => true)
      .catch(({ reason }) => console.warn('flexcrm: not dialled:', reason));
  };
  window.addEventListener('message', listener);
  return () => window.removeEventListener('message', listener);
}
