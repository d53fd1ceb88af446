// Why something was not done, in words.
import {hasWords, say} from './words.js';

/**
 * @param {{reason?: string, detail?: string, retryAfterMs?: number} | undefined} error
 * @param {string} [about] what was asked, where the same reason has words of its own for it
 */
export function refusalWords({reason = 'other', detail, retryAfterMs} = {}, about) {
  const seconds = retryAfterMs ? Math.ceil(retryAfterMs / 1000) : undefined;
  const key = [
    seconds && `refused.${reason}.seconds`, detail && `refused.${reason}.${detail}`, about && `refused.${about}.${reason}`, `refused.${reason}`,
  ].find(one => one && hasWords(one));
  return say(key ?? 'refused.other', {reason, detail: detail ?? reason, seconds});
}

/**
 * @param {'placed' | 'refused' | 'expired' | 'failed' | 'unknown'} outcome
 * @param {{reason?: string, detail?: string, retryAfterMs?: number} | undefined} error
 * @param {string} number
 */
export function outcomeWords(outcome, error, number) {
  if (outcome === 'placed' || outcome === 'unknown') return say(`dial.${outcome}`, {number});
  return say('dial.refused', {number, why: refusalWords(error, 'dial')});
}
