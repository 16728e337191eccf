/**
 * The machines as drawings. What moves, and when, is in machines.css, by the attributes that the page sets.
 * Fixed markup without anything from outside in it.
 */
const shadow = '<ellipse class="shadow" cx="110" cy="288" rx="92" ry="8"/>'

const washer = `${shadow}
<rect x="16" y="10" width="188" height="276" rx="14" class="enamel"/>
<path d="M16 150h188" class="seam"/>
<rect x="26" y="20" width="124" height="124" rx="8" class="bezel"/>
<rect x="164" y="112" width="28" height="30" rx="4" class="slot-plate"/><rect x="176" y="117" width="4" height="20" rx="2" class="slot"/>
<circle cx="110" cy="218" r="58" class="door"/><circle cx="110" cy="218" r="47" class="glass"/>
<g class="drum"><circle cx="110" cy="218" r="44" fill="none" stroke="#4c6a70" stroke-width="2" stroke-dasharray="2 9"/>
<path class="cloth" d="M84 236c6-16 20-10 26-2s18 12 26 0c2 14-10 24-26 24s-26-8-26-22z" fill="#c9683a"/>
<path class="cloth" d="M92 222c10-8 16 0 22 4s14-2 20-4c-2 12-12 18-22 18s-18-6-20-18z" fill="#e4c56b"/>
<path class="cloth" d="M96 246c8-4 20-4 30 2-6 8-24 8-30-2z" fill="#5f8fb0"/></g>
<path d="M72 205a40 40 0 0 1 26-24" class="shine"/>
<rect x="160" y="210" width="8" height="18" rx="4" class="handle"/>
<rect x="30" y="276" width="24" height="12" rx="3" class="foot"/><rect x="166" y="276" width="24" height="12" rx="3" class="foot"/>`

const item = ({ x, y }, color, shape) =>
  shape === 'bottle'
    ? `<path d="M${x + 4} ${y}h6v6l3 5v17h-12v-17l3-5z" fill="${color}"/><rect x="${x + 1}" y="${y + 14}" width="12" height="7" fill="#fff" opacity=".55"/>`
    : `<rect x="${x}" y="${y + 6}" width="16" height="22" rx="2" fill="${color}"/><path d="M${x} ${y + 14}h16" stroke="#fff" stroke-opacity=".5" stroke-width="3"/>`
const shelf = (y, colors, shape) =>
  colors.map((color, index) => item({ x: 33 + index * 21, y }, color, shape)).join('') +
  `<path d="M28 ${y + 30}h88" class="shelf"/>`

const snacks = `${shadow}
<rect x="14" y="8" width="192" height="278" rx="10" class="cabinet"/>
<rect x="26" y="20" width="92" height="196" rx="4" class="window"/>
${shelf(28, ['#b5532b', '#e2b13c', '#b5532b', '#7c3a5c'], 'bar')}
${shelf(74, ['#e2b13c', '#7c3a5c', '#b5532b', '#e2b13c'], 'bar')}
${shelf(122, ['#6fb3d1', '#6fb3d1', '#8cc6a0', '#6fb3d1'], 'bottle')}
${shelf(170, ['#6fb3d1', '#8cc6a0', '#6fb3d1', '#6fb3d1'], 'bottle')}
<rect class="falling" x="64" y="176" width="16" height="24" rx="3" fill="#e2b13c"/>
<path d="M30 24h34l-34 60z" fill="#fff" opacity=".06"/>
<rect x="26" y="230" width="92" height="40" rx="5" class="tray"/><path d="M34 240h76" class="flap"/>
<rect x="126" y="20" width="72" height="250" rx="5" class="column"/>
<rect x="154" y="176" width="16" height="30" rx="3" class="slot-plate"/><rect x="160" y="181" width="4" height="20" rx="2" class="slot"/>
<circle cx="162" cy="230" r="5" class="pilot"/>`

const chair = `${shadow}
<rect x="16" y="30" width="64" height="256" rx="6" class="post"/>
<rect x="24" y="118" width="48" height="24" rx="3" class="plate"/>
<text x="48" y="135" text-anchor="middle" class="engraved"></text>
<rect x="41" y="160" width="14" height="26" rx="3" class="slot-plate"/><rect x="46" y="164" width="4" height="18" rx="2" class="slot"/>
<g class="chair"><path d="M168 92c16-4 30 8 30 24l-4 92c-1 14-10 22-22 22h-54c-12 0-18-8-16-18s10-14 20-14h24c6 0 10-4 11-10l-3-70c-1-14 4-24 14-26z" class="leather"/>
<path class="roller" d="M176 112l-4 76" /><path class="roller two" d="M184 112l-4 76"/>
<path d="M102 206l-14 52c-2 8 4 12 10 12s10-4 12-10l10-36z" class="leather dark"/>
<rect x="118" y="166" width="56" height="18" rx="9" class="arm"/>
<path d="M124 230l-6 50h12l4-50zM176 230l6 50h-12l-4-50z" class="leg"/>
<rect x="160" y="80" width="40" height="26" rx="12" class="leather pillow"/></g>
<g class="waves"><path d="M206 128q6 8 0 16M206 152q6 8 0 16M206 176q6 8 0 16"/></g>`

const charger = `${shadow}
<rect x="18" y="24" width="76" height="262" rx="12" class="pillar"/>
<circle cx="56" cy="54" r="15" class="lamp-ring"/><circle cx="56" cy="54" r="9" class="lamp"/>
<rect x="34" y="160" width="44" height="60" rx="6" class="socket-plate"/><circle cx="56" cy="190" r="14" class="socket"/>
<path class="cable" d="M56 190c0 60 34 80 66 62"/>
<g transform="translate(22 50) scale(.83)"><g class="car"><path d="M112 246c0-18 8-24 26-26l16-24c4-6 8-8 16-8h36c9 0 14 5 15 14v56c0 6-3 8-8 8h-89c-8 0-12-8-12-20z" class="paint"/>
<path d="M148 222l14-20c2-3 5-4 9-4h13v24z" class="pane"/><path d="M190 198h18c5 0 7 3 7 8v16h-25z" class="pane"/><circle cx="198" cy="268" r="17" class="tyre"/><circle cx="198" cy="268" r="7" class="hub"/>
<circle cx="150" cy="268" r="17" class="tyre"/><circle cx="150" cy="268" r="7" class="hub"/>
<rect x="118" y="236" width="10" height="14" rx="3" class="port"/></g>
<g class="battery"><rect x="150" y="229" width="48" height="15" rx="3"/><rect class="charge" x="152" y="231" width="44" height="11" rx="2"/></g></g>`

const dryer = `${shadow}
<rect x="16" y="10" width="188" height="276" rx="14" class="enamel warm"/>
<path d="M16 150h188" class="seam"/>
<rect x="26" y="20" width="124" height="124" rx="8" class="bezel"/>
<g class="sun"><circle cx="178" cy="124" r="7"/><path d="M178 108v5M178 135v5M162 124h5M189 124h5M167 113l3 3M186 132l3 3M167 135l3-3M186 116l3-3"/></g>
<circle cx="110" cy="218" r="58" class="door"/><circle cx="110" cy="218" r="47" class="glass"/>
<g class="drum"><circle cx="110" cy="218" r="44" fill="none" stroke="#6d6258" stroke-width="2" stroke-dasharray="2 9"/>
<path class="cloth" d="M84 214c8-18 20-8 26-2s18 10 26-4c2 22-10 34-26 34s-26-14-26-28z" fill="#d8b36a"/>
<path class="cloth" d="M96 236c8-6 20-6 30 0-4 12-26 12-30 0z" fill="#8fb3a6"/></g>
<path d="M72 205a40 40 0 0 1 26-24" class="shine"/>
<rect x="160" y="210" width="8" height="18" rx="4" class="handle"/>
<rect x="30" y="276" width="24" height="12" rx="3" class="foot"/><rect x="166" y="276" width="24" height="12" rx="3" class="foot"/>`

const DRAWINGS = { washer, dryer, snacks, chair, charger }

/** The drawing of a machine, as an SVG string. */
export function drawing(key) {
  return `<svg class="drawing" viewBox="0 0 220 300" aria-hidden="true">${DRAWINGS[key] ?? washer}</svg>`
}
