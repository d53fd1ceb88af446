// The Markdown of the project, and the two things that are checked of it: where its links lead, and what its code is.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

const foreign = new Set(['.git', 'build', 'node_modules']);

/** Every document of ours, relative to the root. @returns {string[]} */
export function documents(directory = root) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return foreign.has(entry.name) ? [] : documents(path);
    return entry.name.endsWith('.md') ? [relative(root, path)] : [];
  });
}

/** @param {string} path */
export const read = (path) => readFileSync(join(root, path), 'utf8');

const withoutFences = (text) => text.replace(/^(```+)[^\n]*\n[^]*?^\1$/gm, '');

/** The names that a document's headings have in an address, as GitHub makes them. @param {string} text */
export function anchors(text) {
  const seen = new Map();
  return new Set([...withoutFences(text).matchAll(/^#{1,6} +(.+?) *#*$/gm)].map(([, heading]) => {
    const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[*`]/g, '');
    const name = words.toLowerCase().replace(/[^\p{L}\p{N}\p{M} _-]/gu, '').replaceAll(' ', '-');
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    return count === 0 ? name : `${name}-${count}`;
  }));
}

/** Links and images, without those in code. @param {string} text @returns {string[]} */
export function links(text) {
  const prose = withoutFences(text).replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^()\s]+)(?: "[^"]*")?\)|(?:src|href)="([^"]+)"/g)].map(([, link, attribute]) => link ?? attribute);
}

/** What is wrong with a link of a document, or undefined. Other people's addresses are not looked up. @param {string} path @param {string} link */
export function wrong(path, link) {
  if (/^(https?|mailto):/.test(link)) return undefined;
  const [file, anchor] = link.split('#');
  const target = file === '' ? path : join(dirname(path), decodeURIComponent(file));
  if (!existsSync(join(root, target))) return `${path}: ${link}: there is no ${target}`;
  if (anchor !== undefined && target.endsWith('.md') && !anchors(read(target)).has(anchor)) return `${path}: ${link}: no such heading`;
  return undefined;
}

/**
 * A file, or the part of it between the comments [tag] and [/tag], at the margin; nested tags are left out.
 * @param {string} path @param {string} [tag]
 */
export function source(path, tag) {
  let lines = read(path).trimEnd().split('\n');
  if (tag !== undefined) {
    const at = (name) => lines.findIndex((line) => /^\s*(\/\/|#) /.test(line) && line.trim().slice(2).trim() === name);
    const [from, to] = [at(`[${tag}]`), at(`[/${tag}]`)];
    if (from < 0 || to < from) throw new Error(`${path} has no part [${tag}]`);
    lines = lines.slice(from + 1, to);
  }
  lines = lines.filter((line) => !/^\s*(\/\/|#) \[\/?\w+\]$/.test(line));
  const margin = Math.min(...lines.filter((line) => line.trim()).map((line) => line.search(/\S/)));
  return `${lines.map((line) => line.slice(margin)).join('\n')}\n`;
}

/** A comment that names the origin, then the code: `<!-- from FILE [tag] -->`. */
const quotes = /^<!-- from (\S+)(?: \[(\w+)\])? -->\n(```\w+\n)([^]*?)(^```)$/gm;
/** The same for lines that stand in a file somewhere, which has no tags: `<!-- in FILE -->`. */
const extracts = /^<!-- in (\S+) -->\n```\w+\n([^]*?)^```$/gm;

/** The document with its quotations as they are in the files. @param {string} text */
export const quoted = (text) =>
  text.replace(quotes, (whole, path, tag, open, _, close) => whole.replace(/\n[^]*$/, () => `\n${open}${source(path, tag)}${close}`));

/** Extracts that are not in their file. @param {string} text */
export const missing = (text) =>
  [...text.matchAll(extracts)].filter(([, path, code]) => !read(path).includes(code)).map(([, path, code]) => `${path}: ${code}`);

/** Blocks of these languages that name no origin. @param {string} text @param {string[]} languages */
export const unquoted = (text, languages) => blocks(text.replace(quotes, '').replace(extracts, ''), languages);

/** The blocks of some languages. @param {string} text @param {string[]} languages */
export const blocks = (text, languages) =>
  [...text.matchAll(new RegExp(`^\`\`\`(?:${languages.join('|')})\\n([^]*?)^\`\`\`$`, 'gm'))].map(([, code]) => code);
