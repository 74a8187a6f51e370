// The page of `aedenoise embed --report`: a map of samples with thumbnails, and clusters.

const report = embedded('data');
const layout = embedded('atlas');
const canvas = byId('map');
const count = report.samples;
const kInset = 14;
const kReach = 14;  // how near the pointer must be to a dot, in pixels
// Told apart by people with any colour vision: Okabe and Ito, 2008, then lighter and darker ones.
const kColours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#8c6d31', '#7a5195', '#6b7b8c', '#a3a500'];

// How far the points reach along each axis.
const extent = [0, 1].map((axis) => {
  let [low, high] = [0.5, 0.5];
  for (let i = axis; i < report.points.length; i += 2) [low, high] = [Math.min(low, report.points[i]), Math.max(high, report.points[i])];
  return Math.max(high - low, 1e-3);
});

let view = {zoom: 1, x: 0.5, y: 0.5};
let chosen = -1;
let found = null;

function nameOf(sample) { return report.names ? report.names[sample] : `sample ${sample}`; }
function clusterOf(sample) { return report.labels ? report.labels[sample] : 0; }
function colourOf(cluster) { return kColours[cluster % kColours.length]; }

// Pixels for one unit: the same along both axes, so that distances keep their meaning.
function scale() {
  return view.zoom * Math.min((canvas.clientWidth - 2 * kInset) / extent[0], (canvas.clientHeight - 2 * kInset) / extent[1]);
}

function place(sample) {
  const size = scale();
  return [canvas.clientWidth / 2 + size * (report.points[2 * sample] - view.x),
    canvas.clientHeight / 2 + size * (report.points[2 * sample + 1] - view.y)];
}

function draw() {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = canvas.clientWidth * ratio;
  canvas.height = canvas.clientHeight * ratio;
  const context = canvas.getContext('2d');
  context.scale(ratio, ratio);
  const size = Math.max(1.5, Math.min(4, 90 / Math.sqrt(count))) * Math.min(2, Math.sqrt(view.zoom));
  for (let i = 0; i < count; ++i) {
    const [x, y] = place(i);
    if (x < -size || y < -size || x > canvas.clientWidth + size || y > canvas.clientHeight + size) continue;
    context.globalAlpha = found && !found(i) ? 0.12 : 0.8;
    context.fillStyle = colourOf(clusterOf(i));
    context.beginPath();
    context.arc(x, y, size, 0, 2 * Math.PI);
    context.fill();
  }
  context.globalAlpha = 1;
  if (chosen < 0) return;
  const [x, y] = place(chosen);
  context.strokeStyle = getComputedStyle(canvas).color;
  context.lineWidth = 2;
  context.beginPath();
  context.arc(x, y, size + 4, 0, 2 * Math.PI);
  context.stroke();
}

function nearest(x, y) {
  let best = -1;
  let least = kReach * kReach;
  for (let i = 0; i < count; ++i) {
    const [px, py] = place(i);
    const distance = (px - x) ** 2 + (py - y) ** 2;
    if (distance < least) [least, best] = [distance, i];
  }
  return best;
}

function choose(sample) {
  chosen = sample;
  const tip = byId('tip');
  tip.hidden = sample < 0;
  draw();
  if (sample < 0) return;
  const picture = tip.querySelector('canvas');
  picture.hidden = !atlas || !atlas.has(sample);
  if (!picture.hidden) {
    const zoom = Math.max(1, Math.round(112 / Math.max(atlas.width, atlas.height)));
    [picture.width, picture.height] = [atlas.width * zoom, atlas.height * zoom];
    atlas.draw(picture.getContext('2d'), sample, 0, 0, picture.width, picture.height);
  }
  tip.querySelector('p').textContent = nameOf(sample) + (report.labels ? `, cluster ${clusterOf(sample)}` : '');
  const [x, y] = place(sample);
  tip.style.left = `${Math.max(0, Math.min(x + 14, canvas.clientWidth - tip.offsetWidth))}px`;
  tip.style.top = `${y + 14 + tip.offsetHeight > canvas.clientHeight ? Math.max(0, y - 14 - tip.offsetHeight) : y + 14}px`;
}

function zoomBy(factor, x, y) {
  const before = scale();
  const [dx, dy] = [x - canvas.clientWidth / 2, y - canvas.clientHeight / 2];
  view.zoom = Math.max(1, Math.min(200, view.zoom * factor));
  const after = scale();
  view.x += dx / before - dx / after;
  view.y += dy / before - dy / after;
  if (view.zoom === 1) view = {zoom: 1, x: 0.5, y: 0.5};
  choose(-1);
}

function listen() {
  let dragged = null;
  canvas.addEventListener('pointermove', (event) => {
    if (dragged) {
      view.x -= (event.offsetX - dragged.x) / scale();
      view.y -= (event.offsetY - dragged.y) / scale();
      dragged = {x: event.offsetX, y: event.offsetY};
      choose(-1);
    } else {
      choose(nearest(event.offsetX, event.offsetY));
    }
  });
  canvas.addEventListener('pointerdown', (event) => {
    if (view.zoom > 1) dragged = {x: event.offsetX, y: event.offsetY};
  });
  window.addEventListener('pointerup', () => { dragged = null; });
  canvas.addEventListener('pointerleave', () => choose(-1));
  canvas.addEventListener('wheel', (event) => {
    event.preventDefault();
    zoomBy(Math.exp(-0.002 * event.deltaY), event.offsetX, event.offsetY);
  }, {passive: false});
  canvas.addEventListener('keydown', (event) => {
    const step = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[event.key];
    if (!step) return;
    event.preventDefault();
    choose((chosen + step + count) % count);
  });
  byId('nearer').addEventListener('click', () => zoomBy(2, canvas.clientWidth / 2, canvas.clientHeight / 2));
  byId('all').addEventListener('click', () => zoomBy(0, 0, 0));
  byId('find').addEventListener('input', (event) => {
    const words = event.target.value.toLowerCase();
    found = words ? (sample) => nameOf(sample).toLowerCase().includes(words) : null;
    draw();
  });
  window.addEventListener('resize', () => choose(-1));
}

function drawClusters() {
  if (!report.labels) return;
  const members = [];
  report.labels.forEach((label, sample) => { (members[label] = members[label] || []).push(sample); });
  byId('clusters').hidden = false;
  byId('clusters').querySelector('.sheets').replaceChildren(...members.map((samples, cluster) => {
    const title = `Cluster ${cluster}: ${samples.length} samples`;
    const dot = element('span', {class: 'dot'});
    dot.style.background = colourOf(cluster);
    const shown = atlas ? samples.filter((sample) => atlas.has(sample)).slice(0, 24) : [];
    const zoom = atlas ? Math.max(1, Math.round(44 / Math.max(atlas.width, atlas.height))) : 1;
    return element('figure', {}, element('figcaption', {}, dot, element('b', {}, title)),
      shown.length ? atlas.contactSheet(shown, 12, zoom, title) : null);
  }));
}

byId('about').textContent = `${count} samples, codes of ${report.code} values \u00b7 ${report.model} \u00b7 aedenoise ${report.version}`;
const atlas = layout ? new Atlas(layout, drawClusters) : null;
listen();
draw();
if (!atlas) drawClusters();
