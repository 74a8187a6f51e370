// The page of `aedenoise features --report`: what features there are, how often they fire, and on what.

const report = embedded('data');
const features = report.per_feature;

function percent(share, places) { return isNumber(share) ? `${fixed(100 * share, places)}\u00a0%` : ''; }

function tile(label, value) {
  return element('div', {class: 'tile'}, element('span', {}, label), element('b', {class: 'number'}, value));
}

function svg(tag, attributes, ...children) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

// Bars of equal bins from `low` to `high`, with what `label` makes of the values at both ends and in the middle.
function histogram(title, {low, high, counts}, label) {
  const [width, height, foot] = [560, 200, 22];
  const most = Math.max(1, ...counts);
  const bar = width / counts.length;
  const at = (bin) => low + (bin * (high - low)) / counts.length;
  const bars = counts.map((count, bin) => {
    const tall = (count / most) * (height - foot - 18);
    return svg('rect', {x: bin * bar + 1, y: height - foot - tall, width: bar - 2, height: tall, class: 'bar-of'},
      svg('title', {}, `${label(at(bin))} to ${label(at(bin + 1))}: ${count}`));
  });
  const text = (x, y, anchor, words) => svg('text', {x, y, 'text-anchor': anchor, class: 'axis'}, words);
  const picture = svg('svg', {viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': title}, ...bars,
    svg('line', {x1: 0, x2: width, y1: height - foot, y2: height - foot, class: 'rule'}),
    text(0, height - 6, 'start', label(low)), text(width / 2, height - 6, 'middle', label((low + high) / 2)),
    text(width, height - 6, 'end', label(high)), text(width, 12, 'end', `highest bar: ${most}`));
  return element('figure', {}, picture, element('figcaption', {}, element('b', {}, title)));
}

function drawSummary() {
  byId('about').textContent = `${report.kind}, ${report.features} features on ${report.samples} samples`
    + `${report.layer ? ` of layer ${report.layer}` : ''} \u00b7 ${report.model} \u00b7 aedenoise ${report.version}`;
  const tiles = [tile('L0', fixed(report.l0, 2)), tile('FVU', fixed(report.fvu, 4)), tile('Dead', percent(report.dead, 2)),
    tile('Hyperactive', percent(report.hyperactive, 2))];
  const result = report.downstream;
  if (result) {
    tiles.push(tile(`Result (${result.measure}), as it is`, significant(result.original, 5)),
      tile('with reconstructions', significant(result.replaced, 5)), tile('with the mean', significant(result.by_mean, 5)));
  }
  byId('summary').append(...tiles);
}

function drawCompared() {
  if (!report.compared) return;
  const box = byId('compared');
  box.hidden = false;
  box.querySelector('tr').append(...['Model', 'L0', 'FVU', 'Dead', 'Hyperactive'].map((name, i) =>
    element('th', {scope: 'col', class: i ? null : 'text'}, name)));
  box.querySelector('tbody').append(...[report, ...report.compared].map((each) => element('tr', {},
    element('td', {class: 'text file'}, each.model), ...[fixed(each.l0, 2), fixed(each.fvu, 4), percent(each.dead, 2),
      percent(each.hyperactive, 2)].map((cell) => element('td', {}, cell)))));
}

function thumbnail(atlas, index, label) {
  const zoom = Math.max(1, Math.round(40 / Math.max(atlas.width, atlas.height)));
  return atlas.contactSheet([index], 1, zoom, label);
}

function atom(feature) {
  if (!atoms || !atoms.has(feature.feature)) return null;
  return thumbnail(atoms, feature.feature, `what feature ${feature.feature} adds to a sample`);
}

function where(input) { return 'y' in input ? `${input.sample} at ${input.y}, ${input.x}` : `${input.sample}`; }

function strongest(feature) {
  return feature.strongest.map((input, i) => {
    const at = report.places ? report.places[feature.feature][i] : -1;
    const picture = inputs && at >= 0 && inputs.has(at) ? thumbnail(inputs, at, where(input)) : null;
    return element('span', {class: 'input', title: `${where(input)}: ${significant(input.value, 3)}`}, picture,
      element('span', {class: 'small quiet'}, picture ? significant(input.value, 3) : `${where(input)}: ${significant(input.value, 3)}`));
  });
}

let table = null;

function drawTable() {
  if (table) {
    table.draw();  // a sheet has come
    return;
  }
  const columns = [
    {label: 'Feature', value: (f) => f.feature, text: (value) => String(value)},
    {label: 'Fires on, %', hint: 'share of the samples', byDefault: true, value: (f) => f.density, text: (value) => fixed(100 * value, 3)},
    atoms ? {label: 'Adds', hint: 'what one unit adds to a sample', value: (f) => f.feature, cell: (f) => atom(f) || ''} : null,
    {label: 'Highest', hint: 'its highest value', value: (f) => (f.strongest[0] ? f.strongest[0].value : NaN), text: (value) => significant(value, 3)},
    {label: 'Fires most on', words: true, kind: 'inputs', value: (f) => (f.strongest[0] ? where(f.strongest[0]) : ''), cell: strongest},
  ].filter((column) => column !== null);
  table = new SortedTable(byId('table'), byId('pages'), columns, features, (a, b) => b.density - a.density || a.feature - b.feature, () => {});
}

const atlasOf = (id) => {
  const layout = embedded(id);
  return layout ? new Atlas(layout, drawTable) : null;
};
const atoms = atlasOf('atoms');
const inputs = atlasOf('inputs');

drawSummary();
drawCompared();
byId('histograms').append(histogram('How often features fire (share of samples, logarithmic)', report.log10_density, (value) => `${significant(100 * 10 ** value, 2)}\u00a0%`));
if (report.thresholds) byId('histograms').append(histogram('Thresholds', report.thresholds, (value) => significant(value, 3)));
drawTable();
