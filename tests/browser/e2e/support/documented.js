// What a page of docs/ says, for tests that do exactly that.
import {readFile} from 'node:fs/promises';

/** The code blocks of one language. @param {string} page @param {string} language @returns {Promise<string[]>} */
export async function blocks(page, language) {
  const text = await readFile(new URL(`../../../../docs/${page}`, import.meta.url), 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(([, block]) => block);
}

/** A document's text, with the names of its world replaced by those of the test's. @param {Record<string, string>} names the longer before the shorter */
export function inThisWorld(text, names) {
  const from = Object.keys(names).map(name => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return text.replaceAll(new RegExp(from.join('|'), 'g'), name => names[name]);
}

/** Headers as they are written in a block of HTTP. @returns {Record<string, string>} */
export const headersOf = block => Object.fromEntries(block.trim().split(/\n(?!\s)/).map(line => {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1).replace(/\s+/g, ' ').trim()];
}));
