// What a page of docs/ says, for tests that do exactly that.
import {readFile} from 'node:fs/promises';

/** The code blocks of one language. @param {string} page @param {string} language @returns {Promise<string[]>} */
export async function blocks(page, language) {
  const text = await readFile(new URL(`../../../../docs/${page}`, import.meta.url), 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(([, block]) => block);
}

/** A block's text, with each name of the document's world replaced by one of the test's. @param {Record<string, string>} names each of which must occur */
export function inThisWorld(block, names) {
  return Object.entries(names).reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the document must say "${from}":\n${text}`);
    return text.replaceAll(from, to);
  }, block);
}

/** Headers as they are written in a block of HTTP. @returns {Record<string, string>} */
export const headersOf = block => Object.fromEntries(block.trim().split(/\n(?!\s)/).map(line => {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1).replace(/\s+/g, ' ').trim()];
}));
