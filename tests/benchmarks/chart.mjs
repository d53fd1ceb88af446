// Bars with their spread, as SVG that reads on a light and on a dark page.

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** groups: [{ title, bars: [{ label, value, least, most, ours }] }], all values on one scale. */
export function chart({ title, groups }) {
  const [left, width, right, line] = [230, 420, 70, 22];
  const most = Math.max(...groups.flatMap(({ bars }) => bars.map((bar) => bar.most)));
  const x = (value) => (left + width * value / most).toFixed(1);
  const parts = [];
  let y = 44;
  for (const group of groups) {
    parts.push(`<text x="10" y="${y + 6}" class="group">${escaped(group.title)}</text>`);
    y += line;
    for (const bar of group.bars) {
      const middle = y + 1;
      parts.push(
        `<text x="${left - 8}" y="${y + 5}" class="label">${escaped(bar.label)}</text>`,
        `<rect x="${left}" y="${y - 7}" width="${(width * bar.value / most).toFixed(1)}" height="15" class="${bar.ours ? 'ours' : 'theirs'}"/>`,
        `<path d="M${x(bar.least)} ${middle}H${x(bar.most)}" class="spread"/>`,
        `<text x="${Number(x(bar.most)) + 6}" y="${y + 5}">${bar.value.toFixed(2)}</text>`);
      y += line;
    }
    y += 10;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${left + width + right}" height="${y}" viewBox="0 0 ${left + width + right} ${y}" role="img" aria-label="${escaped(title)}">
<style>
text { font: 13px sans-serif; fill: #333 } .title, .group { font-weight: bold } .label { text-anchor: end }
.ours { fill: #0b7a75 } .theirs { fill: #a9b4c2 } .spread { stroke: #333; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) { text { fill: #ddd } .spread { stroke: #ddd } .theirs { fill: #5c6b7a } }
</style>
<text x="10" y="20" class="title">${escaped(title)}</text>
${parts.join('\n')}
</svg>
`;
}
