'use strict';
// What all pages have: elements, numbers, and a table that sorts, filters and pages. Texts only ever become text nodes.

function element(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function byId(id) { return document.getElementById(id); }

function embedded(id) {
  const node = byId(id);
  return node ? JSON.parse(node.textContent) : null;
}

function isNumber(value) { return typeof value === 'number' && Number.isFinite(value); }

function significant(value, digits) {
  if (!isNumber(value)) return '';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) return value.toExponential(digits - 1).replace('-', '\u2212').replace('e+', 'e');
  const places = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return withMinus(value.toFixed(places));
}

function withMinus(text) { return text.replace('-', '\u2212'); }

function fixed(value, places) { return isNumber(value) ? withMinus(value.toFixed(places)) : ''; }

function median(values) {
  const sorted = values.filter(isNumber).sort((a, b) => a - b);
  if (sorted.length === 0) return NaN;
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function sum(values) { return values.filter(isNumber).reduce((a, b) => a + b, 0); }

// How one column's numbers are written so that their points stand below each other: with so many places for all, or,
// where sizes differ too much for that, with three digits each.
function columnFormat(values) {
  const sizes = values.filter((v) => isNumber(v) && v !== 0).map(Math.abs);
  if (sizes.length === 0) return (value) => significant(value, 3);
  const places = Math.max(0, 2 - Math.floor(Math.log10(median(sizes))));
  const fits = Math.min(...sizes.slice(0, 50000)) >= 0.5 * 10 ** -places && places <= 6;
  return fits ? (value) => fixed(value, places) : (value) => significant(value, 3);
}

const kUnits = [[1 << 30, 'GB'], [1 << 20, 'MB'], [1 << 10, 'kB'], [1, 'B']];

function unitFor(bytes) { return kUnits.find(([size]) => bytes >= size) || kUnits[3]; }

function bytesText(bytes) {
  const [size, name] = unitFor(bytes);
  return significant(bytes / size, 3) + '\u00a0' + name;
}

// Columns: {label, value(row), text(value, row) or cell(row), words: bool, hint}. Calls onSelect(row) for a clicked one.
class SortedTable {
  constructor(table, pages, columns, rows, order, onSelect) {
    Object.assign(this, {table, pages, columns, rows, order, onSelect});
    this.shown = rows;
    this.sorted = rows;
    this.page = 0;
    this.current = null;
    this.column = null;
    this.descending = true;
    this.heads = columns.map((column) => this.head(column));
    table.tHead.rows[0].append(...this.heads);
    pages.querySelector('.back').addEventListener('click', () => this.turn(-1));
    pages.querySelector('.on').addEventListener('click', () => this.turn(1));
    this.sort(null);
  }

  head(column) {
    const button = element('button', {type: 'button', title: column.hint}, column.label);
    button.addEventListener('click', () => this.sort(column));
    return element('th', {scope: 'col', class: column.words ? 'text' : null}, button);
  }

  // By a column, the other way round when it is the one already; by the default order for null.
  sort(column) {
    this.descending = column === this.column && column !== null ? !this.descending : !(column && column.words);
    this.column = column;
    this.update();
  }

  filter(wanted) {
    this.shown = this.rows.filter(wanted);
    this.update();
  }

  update() {
    const {column, descending} = this;
    this.sorted = this.shown.slice();
    if (column === null) {
      this.sorted.sort(this.order);
    } else {
      const sign = descending ? -1 : 1;
      const absent = (value) => value === undefined || value === null || value === '' || Number.isNaN(value);
      this.sorted.sort((a, b) => {
        const [x, y] = [column.value(a), column.value(b)];
        if (absent(x) || absent(y)) return absent(x) - absent(y);  // last in either direction
        if (column.words) return sign * String(x).localeCompare(String(y), undefined, {numeric: true});
        return sign * (x - y);
      });
    }
    this.columns.forEach((each, i) => {
      const here = each === column || (column === null && each.byDefault);
      if (here) this.heads[i].setAttribute('aria-sort', column === null || descending ? 'descending' : 'ascending');
      else this.heads[i].removeAttribute('aria-sort');
    });
    this.page = 0;
    this.draw();
  }

  turn(step) {
    this.page += step;
    this.draw();
    this.table.scrollIntoView({block: 'nearest'});
  }

  draw() {
    const size = SortedTable.pageSize;
    const from = this.page * size;
    const rows = this.sorted.slice(from, from + size);
    this.table.tBodies[0].replaceChildren(...rows.map((row) => this.row(row)));
    this.pages.hidden = this.sorted.length <= size;
    this.pages.querySelector('span').textContent = `${from + 1}\u2013${from + rows.length} of ${this.sorted.length}`;
    this.pages.querySelector('.back').disabled = this.page === 0;
    this.pages.querySelector('.on').disabled = from + size >= this.sorted.length;
  }

  row(row) {
    const line = element('tr', {'aria-current': row === this.current ? 'true' : null});
    for (const column of this.columns) {
      const kind = [column.words ? 'text' : '', column.kind || ''].join(' ').trim();
      const content = column.cell ? column.cell(row) : column.text(column.value(row), row);
      line.append(element('td', {class: kind || null}, ...[].concat(content)));
    }
    line.addEventListener('click', () => this.onSelect(row));
    return line;
  }

  mark(row) {
    this.current = row;
    const at = this.sorted.indexOf(row);
    if (at >= 0) this.page = Math.floor(at / SortedTable.pageSize);
    this.draw();
  }
}
SortedTable.pageSize = 100;
