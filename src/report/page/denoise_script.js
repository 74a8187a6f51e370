// The page of `aedenoise denoise --report`: the records of files, and pictures of some of them.

const report = embedded('data');
const files = report.files.map((file, index) => ({...file, index}));
const pictured = new Set(report.pictures);

// What all names begin with, up to a folder.
function commonFolder(names) {
  let common = names[0] || '';
  for (const name of names) {
    while (!name.startsWith(common)) common = common.slice(0, common.lastIndexOf('/', common.length - 2) + 1);
  }
  return common.slice(0, common.lastIndexOf('/') + 1);
}
const folder = commonFolder(files.map((file) => file.input));
function shortName(file) { return file.input.slice(folder.length); }

const kStatus = {done: 'done', failed: 'failed', copied: 'copied', skipped: 'earlier run'};

function isUnusual(file) { return file.outlier >= 3.5; }

function range(low, high, unit) { return `${significant(low, 3)} to ${significant(high, 3)}${unit || ''}`; }

// ---- summary

function tile(label, value, more) {
  return element('div', {class: 'tile'}, element('span', {}, label), element('b', {class: 'number'}, value),
    more ? element('span', {class: 'number'}, more) : null);
}

function drawSummary() {
  const count = (status) => files.filter((file) => file.status === status).length;
  const tiles = [];
  const states = ['failed', 'copied', 'skipped'].filter(count).map((status) => `${count(status)} ${kStatus[status]}`);
  tiles.push(tile(count('done') === 1 ? 'File done' : 'Files done', String(count('done')), states.join(', ')));
  const left = median(files.map((file) => file.noise_out / file.noise_in));
  if (isNumber(left)) tiles.push(tile('Noise left', `${fixed(100 * left, left < 0.1 ? 1 : 0)}\u00a0%`, files.length > 1 ? 'median' : ''));
  const compared = files.filter((file) => isNumber(file.psnr_in) && isNumber(file.psnr_out));
  if (compared.length) {
    const mean = (key) => sum(compared.map((file) => file[key])) / compared.length;
    tiles.push(tile('PSNR, dB', `${fixed(mean('psnr_in'), 2)} \u2192 ${fixed(mean('psnr_out'), 2)}`, compared.length > 1 ? `mean of ${compared.length}` : ''));
    tiles.push(tile('SSIM', `${fixed(mean('ssim_in'), 3)} \u2192 ${fixed(mean('ssim_out'), 3)}`, compared.length > 1 ? `mean of ${compared.length}` : ''));
  }
  const sized = files.filter((file) => file.compression_ratio);
  if (sized.length) {
    const [before, after] = ['input_bytes', 'output_bytes'].map((key) => sum(sized.map((file) => file[key])));
    tiles.push(tile('Size', `${bytesText(before)} \u2192 ${bytesText(after)}`, `ratio ${fixed(before / after, 2)}`));
  }
  const seconds = sum(files.map((file) => file.seconds));
  if (seconds > 0) tiles.push(tile('Time', `${significant(seconds, 3)}\u00a0s`, 'of denoising alone'));
  byId('summary').append(...tiles);
  const settings = Object.entries(report.settings).map(([name, value]) => `${name} ${value}`);
  byId('about').textContent = [`${files.length} ${files.length === 1 ? 'file' : 'files'}${folder ? ' of ' + folder : ''}`,
    `aedenoise ${report.version}`, ...settings].join(' \u00b7 ');
}

function drawFailures() {
  const failed = files.filter((file) => file.status === 'failed');
  if (failed.length === 0) return;
  const box = byId('failures');
  box.hidden = false;
  box.querySelector('h2').textContent = `${failed.length} of ${files.length} failed`;
  box.querySelector('ul').append(...failed.map((file) => element('li', {}, file.error || file.input)));
}

// ---- pictures

function picture(source, view, kind) {
  return element('img', {src: source, width: view.width, height: view.height, class: kind, alt: ''});
}

function slider(view) {
  const frame = element('div', {class: 'frame slider'});
  const input = element('input', {type: 'range', min: 0, max: 100, step: 1, value: 50,
    'aria-label': `${view.name}: how much of the picture is shown before denoising`});
  const move = () => frame.style.setProperty('--at', `${input.value}%`);
  input.addEventListener('input', move);
  frame.append(picture(view.after, view), picture(view.before, view, 'over'), element('div', {class: 'edge'}),
    element('span', {class: 'tag left'}, 'before'), element('span', {class: 'tag right'}, 'after'), input);
  return frame;
}

// Frames keep the picture's shape; small pictures are enlarged.
function figureOf(frame, view, caption) {
  const figure = element('figure', {}, frame, element('figcaption', {}, ...caption));
  frame.style.aspectRatio = `${view.width} / ${view.height}`;
  figure.style.maxWidth = `${view.name === 'detail' ? 2 * view.width : Math.max(view.width, Math.min(512, 4 * view.width))}px`;
  if (view.name === 'detail' || view.width < 256) frame.classList.add('sharp');
  return figure;
}

function residualText(view) {
  return `mid-gray is 0, black \u2212${significant(view.limit, 3)}, white ${significant(view.limit, 3)}`;
}

function drawPicture(views) {
  const grid = element('div', {class: 'views'});
  for (const view of views) {
    const whole = view.name === 'whole';
    const reduced = view.zoom < 1 ? `, reduced to ${significant(100 * view.zoom, 2)} %` : '';
    const title = whole ? 'Whole picture' : 'Detail, enlarged twice';
    const shown = `black is ${significant(view.low, 3)}, white ${significant(view.high, 3)}`;
    grid.append(figureOf(slider(view), view, [element('b', {}, title), `${whole ? reduced : `, ${view.place}`}; ${shown}`]));
    const frame = element('div', {class: 'frame'}, picture(view.residual, view));
    grid.append(figureOf(frame, view, [element('b', {}, 'What was removed'), `: ${residualText(view)}`,
      whole && view.zoom < 1 ? '; averaged like the picture' : '']));
  }
  return grid;
}

function planes(views, sources, flicker) {
  const stacked = views[1].height + views[2].height < views[0].height;  // few slices: the other two beside the first
  const kinds = ['mosaic', stacked ? 'stacked' : null, flicker ? 'flicker' : null];
  const mosaic = element('div', {class: kinds.filter((kind) => kind).join(' '), tabindex: flicker ? 0 : null,
    role: flicker ? 'img' : null, 'aria-label': flicker ? 'Three planes; flickers between before and after while it has the focus' : null});
  for (const view of views) {
    const plane = element('div', {class: 'plane'}, ...sources(view));
    plane.style.flex = `${view.width} 1 0`;
    plane.style.aspectRatio = `${view.width} / ${view.height}`;
    mosaic.append(plane);
  }
  if (stacked) mosaic.style.gridTemplateColumns = `${views[0].width}fr ${Math.max(views[1].width, views[2].width)}fr`;
  return mosaic;
}

function drawVolume(views) {
  const places = views.map((view) => `${view.name} ${view.place}`).join(', ');
  const both = planes(views, (view) => [picture(view.after, view), picture(view.before, view, 'over')], true);
  both.firstChild.append(element('span', {class: 'tag left of-before'}, 'before'), element('span', {class: 'tag left of-after'}, 'after'));
  const [first] = views;
  const limits = views.map((view) => significant(view.limit, 3)).join(', ');
  return element('div', {class: 'mosaics'},
    element('figure', {}, both, element('figcaption', {}, element('b', {}, 'Point here to flicker between before and after. '),
      `${places}; black is ${significant(first.low, 3)}, white ${significant(first.high, 3)}`)),
    element('figure', {}, planes(views, (view) => [picture(view.residual, view)], false),
      element('figcaption', {}, element('b', {}, 'What was removed'), `: mid-gray is 0, black and white are \u2213 ${limits}`)));
}

function drawPictures(file) {
  const box = byId('pictures');
  if (!pictured.has(file.index)) {
    const why = file.status === 'failed' ? file.error
      : file.status === 'copied' ? 'Not an image; copied as it is.'
        : `No pictures of this file were kept: ${pictured.size} of ${files.length} files have some, those most unlike the others.`;
    box.replaceChildren(element('p', {class: 'quiet'}, why));
    return;
  }
  const views = embedded(`pictures${file.index}`);
  box.replaceChildren(views[0].name === 'whole' ? drawPicture(views) : drawVolume(views));
}

// ---- one file

function figuresOf(file) {
  const out = [];
  const put = (label, value) => { if (value) out.push([label, value]); };
  const pair = (a, b, text) => (isNumber(a) && isNumber(b) ? `${text(a)} \u2192 ${text(b)}` : '');
  const three = (value) => significant(value, 3);
  put('Outlier', isNumber(file.outlier) ? `${fixed(file.outlier, 1)} (${file.outlier_reason})` : '');
  put('Noise, before \u2192 after', pair(file.noise_in, file.noise_out, three));
  put('PSNR, dB', pair(file.psnr_in, file.psnr_out, (value) => fixed(value, 2)));
  put('SSIM', pair(file.ssim_in, file.ssim_out, (value) => fixed(value, 4)));
  put('Removed, root mean square', three(file.residual_rms));
  put('Removed, mean', three(file.residual_mean));
  put('Level assumed', isNumber(file.sigma) ? `${three(file.sigma)} ${file.noise_model || ''}${file.sigma_estimated ? ', estimated' : ''}` : '');
  put('Values', file.range && file.range.every(isNumber) ? range(...file.range) : '');
  put('Model', file.model);
  put('Size', file.output_bytes ? `${bytesText(file.input_bytes)} \u2192 ${bytesText(file.output_bytes)} (ratio ${fixed(file.compression_ratio, 2)})` : '');
  put('Time', isNumber(file.seconds) ? `${three(file.seconds)} s` : '');
  put('Kind', file.description);
  put('Written to', file.status === 'failed' ? '' : file.output);
  return out;
}

function show(file) {
  byId('stage').hidden = false;
  byId('name').textContent = shortName(file);
  byId('figures').replaceChildren(...figuresOf(file).map(([label, value]) =>
    element('div', {}, element('dt', {}, label), element('dd', {}, value))));
  const notes = file.notes || [];
  byId('notes').hidden = notes.length === 0;
  byId('notes').replaceChildren(...notes.map((note) => element('li', {}, note)));
  drawPictures(file);
  table.mark(file);
  place();
}

function place() {
  const at = table.sorted.indexOf(table.current);
  byId('place').textContent = at < 0 ? '' : `${at + 1} of ${table.sorted.length}`;
  byId('previous').disabled = at <= 0;
  byId('next').disabled = at < 0 || at + 1 >= table.sorted.length;
}

function step(by) {
  const next = table.sorted[table.sorted.indexOf(table.current) + by];
  if (next) show(next);
}

// ---- table

function nameCell(file) {
  const button = element('button', {type: 'button', class: 'name'}, shortName(file));
  const more = file.status === 'failed' ? file.error : file.outlier_reason && isUnusual(file) ? file.outlier_reason : null;
  return more ? [button, element('span', {class: 'small quiet'}, more)] : [button];
}

function numberColumn(label, key, hint, format) {
  const value = (file) => file[key];
  if (!files.some((file) => isNumber(file[key]))) return null;
  return {label, hint, value, text: format || columnFormat(files.map(value))};
}

function sizeColumns() {
  const [size, unit] = unitFor(median(files.map((file) => file.input_bytes)) || 1);
  const column = (label, key) => numberColumn(`${label}, ${unit}`, key, null, (bytes) => (isNumber(bytes) ? fixed(bytes / size, 2) : ''));
  return [column('Size before', 'input_bytes'), column('Size after', 'output_bytes'),
    numberColumn('Ratio', 'compression_ratio', 'size before / size after', (value) => fixed(value, 2))];
}

function columns() {
  const outlier = {label: 'Outlier', hint: 'robust standard deviations from the middle of all files', byDefault: true,
    value: (file) => file.outlier, cell: (file) => element('span', {class: isUnusual(file) ? 'unusual' : null}, fixed(file.outlier, 1))};
  const decibels = (value) => fixed(value, 2);
  const similarity = (value) => fixed(value, 4);
  return [
    files.some((file) => isNumber(file.outlier)) ? outlier : null,
    {label: 'File', words: true, kind: 'file', value: shortName, cell: nameCell},
    {label: 'Result', words: true, value: (file) => kStatus[file.status],
      cell: (file) => element('span', {class: `pill ${file.status}`}, kStatus[file.status])},
    numberColumn('Noise before', 'noise_in', 'estimated, in the file\u2019s units'),
    numberColumn('Noise after', 'noise_out', 'estimated in the same way'),
    numberColumn('PSNR before', 'psnr_in', 'dB, against the reference', decibels),
    numberColumn('PSNR after', 'psnr_out', 'dB, against the reference', decibels),
    numberColumn('SSIM before', 'ssim_in', null, similarity),
    numberColumn('SSIM after', 'ssim_out', null, similarity),
    ...sizeColumns(),
    numberColumn('Time,\u00a0s', 'seconds', 'of denoising, reading and writing excluded', (value) => fixed(value, 2)),
  ].filter((column) => column !== null);
}

// Failures, then the most unusual, then as they were done.
function byOutlier(a, b) {
  const rank = (file) => (file.status === 'failed' ? Infinity : isNumber(file.outlier) ? file.outlier : -1);
  const [x, y] = [rank(a), rank(b)];
  return x === y ? a.index - b.index : y - x;
}

const table = new SortedTable(byId('table'), byId('pages'), columns(), files, byOutlier, show);

function filterFiles() {
  const words = byId('find').value.toLowerCase();
  const status = byId('status').value;
  table.filter((file) => file.input.toLowerCase().includes(words) && (!status || file.status === status));
  place();
}

function drawTools() {
  const present = Object.keys(kStatus).filter((status) => files.some((file) => file.status === status));
  const select = byId('status');
  select.hidden = present.length < 2;
  select.append(element('option', {value: ''}, 'All'), ...present.map((status) => element('option', {value: status}, kStatus[status])));
  select.addEventListener('change', filterFiles);
  byId('find').addEventListener('input', filterFiles);
  byId('previous').addEventListener('click', () => step(-1));
  byId('next').addEventListener('click', () => step(1));
  byId('table').tHead.addEventListener('click', place);
}

drawSummary();
drawFailures();
drawTools();
const first = table.sorted.find((file) => pictured.has(file.index)) || table.sorted[0];
if (first) show(first);
