// Thumbnails cut out of one sheet.
class Atlas {
  constructor(layout, ready) {
    Object.assign(this, layout);
    this.sheet = new Image();
    this.sheet.addEventListener('load', ready);
    this.sheet.src = layout.picture;
  }

  has(sample) { return sample % this.every === 0; }

  // Onto a canvas's context, in a box of its own shape.
  draw(context, sample, x, y, width, height) {
    const at = sample / this.every;
    const [left, top] = [(at % this.columns) * this.width, Math.floor(at / this.columns) * this.height];
    context.imageSmoothingEnabled = false;
    context.drawImage(this.sheet, left, top, this.width, this.height, x, y, width, height);
  }

  // Samples in rows of `columns`, enlarged `zoom` times.
  contactSheet(samples, columns, zoom, label) {
    const [width, height] = [this.width * zoom + 2, this.height * zoom + 2];
    const across = Math.max(1, Math.min(columns, samples.length));
    const canvas = element('canvas', {width: across * width, height: Math.ceil(samples.length / across) * height,
      role: 'img', 'aria-label': label});
    const context = canvas.getContext('2d');
    samples.forEach((sample, i) => this.draw(context, sample, (i % across) * width + 1, Math.floor(i / across) * height + 1,
      width - 2, height - 2));
    return canvas;
  }
}
