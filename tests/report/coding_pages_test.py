#!/usr/bin/env python3
"""The pages of `aedenoise embed --report` and `features --report`, made by the real program.

Usage: see pages.py
"""
import json
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
import browser  # noqa: E402, beside this file
from pages import PROGRAM, element, main, markup_of  # noqa: E402

COUNT, SIDE = 60, 8


def write_idx(path):
    """Bright bars at one of two places, a third of them upright."""
    rng = random.Random(3)
    pixels = bytearray()
    for i in range(COUNT):
        for y in range(SIDE):
            for x in range(SIDE):
                bar = (x if i % 3 == 0 else y) // 2 == i % 2 + 1
                pixels.append(min(255, max(0, round((200 if bar else 30) + rng.gauss(0, 15)))))
    path.write_bytes(struct.pack(">4B3i", 0, 0, 8, 3, COUNT, SIDE, SIDE) + bytes(pixels))


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.home.name)
        write_idx(cls.folder / "images-idx3-ubyte")
        training = ("--data", "images-idx3-ubyte", "-j", "1", "--batch", "16", "--seed", "1", "--steps")
        cls.run_program("train", "--kind", "undercomplete", "--code", "4", "-o", "ae.safetensors", *training, "60")
        cls.run_program("train", "--kind", "jumprelu", "--dictionary", "1x", "--l0", "4", "-o", "sae.safetensors", *training, "60")
        cls.run_program("embed", "images-idx3-ubyte", "-m", "ae.safetensors", "-o", "codes.npy", "--cluster", "3", "--report",
                        "map.html", "--json", "map.json")
        cls.run_program("features", "images-idx3-ubyte", "-m", "sae.safetensors", "--compare", "sae.safetensors", "--top", "3",
                        "--report", "features.html", "--json", "features.json")

    @classmethod
    def tearDownClass(cls):
        cls.home.cleanup()

    @classmethod
    def run_program(cls, *words):
        subprocess.run([PROGRAM, *words], cwd=cls.folder, capture_output=True, check=True)

    def text(self, name):
        return (self.folder / name).read_text(encoding="utf-8")


class File(Pages):
    def test_the_map_holds_what_was_found(self):
        data = element(self.text("map.html"), "data")
        found = json.loads(self.text("map.json"))
        self.assertEqual({key: data[key] for key in found}, found)
        self.assertEqual(len(data["points"]), 2 * COUNT)
        self.assertGreaterEqual(min(data["points"]), 0)
        self.assertLessEqual(max(data["points"]), 1)
        self.assertEqual([data["labels"].count(k) for k in range(3)], found["clusters"])
        atlas = element(self.text("map.html"), "atlas")
        self.assertEqual((atlas["every"], atlas["columns"], atlas["width"], atlas["height"]), (1, 8, SIDE, SIDE))

    def test_the_features_are_those_of_json(self):
        data = element(self.text("features.html"), "data")
        found = json.loads(self.text("features.json"))
        places = data.pop("places")
        self.assertEqual(data, found)
        self.assertEqual([len(p) for p in places], [len(f["strongest"]) for f in data["per_feature"]])
        self.assertEqual(len(data["compared"]), 1)
        self.assertEqual(element(self.text("features.html"), "atoms")["columns"], 8)  # 64 features

    def test_nothing_comes_from_outside(self):
        for name in ("map.html", "features.html"):
            markup = markup_of(self.text(name))
            self.assertIn("default-src 'none'; img-src data:;", markup)
            self.assertNotRegex(markup, r"(src|href)\s*=|url\(|@import")


class InBrowser(Pages):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser = browser.Browser()

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        super().tearDownClass()

    def open(self, name):
        self.browser.open(self.folder / name)

    def tearDown(self):
        self.assertEqual(self.browser.problems(), [])
        outside = [url for url in self.browser.requests() if not url.startswith(("data:", "file:"))]
        self.assertEqual(outside, [])

    def test_pointing_at_a_dot_shows_its_sample(self):
        self.open("map.html")
        ask = self.browser.evaluate
        for sample in (7, 20):
            x, y = ask(f"(() => {{ const [x, y] = place({sample}); const r = canvas.getBoundingClientRect(); return [r.x + x, r.y + y]; }})()")
            self.browser.mouse("mouseMoved", x, y)
            self.assertEqual(ask("document.querySelector('#tip p').textContent"), f"sample {sample}, cluster " + str(ask(f"report.labels[{sample}]")))
        # The thumbnail is the sample's: as bright in the mean.
        shown = ask("(() => { const c = document.querySelector('#tip canvas'); const d = c.getContext('2d')"
                    ".getImageData(0, 0, c.width, c.height).data; let s = 0; for (let i = 0; i < d.length; i += 4) s += d[i];"
                    " return 4 * s / d.length; })()")
        pixels = (self.folder / "images-idx3-ubyte").read_bytes()[16 + sample * SIDE * SIDE:][:SIDE * SIDE]
        self.assertAlmostEqual(shown, sum(pixels) / len(pixels), delta=6)
        self.browser.mouse("mouseMoved", 2, 2)
        self.assertTrue(ask("document.getElementById('tip').hidden"))

    def test_the_map_zooms_and_has_clusters(self):
        self.open("map.html")
        ask = self.browser.evaluate
        distance = "Math.hypot(place(0)[0] - place(1)[0], place(0)[1] - place(1)[1])"
        before = ask(distance)
        self.browser.click("#nearer")
        self.assertAlmostEqual(ask(distance) / before, 2, places=3)
        self.browser.click("#all")
        self.assertAlmostEqual(ask(distance) / before, 1, places=3)
        titles = ask("[...document.querySelectorAll('#clusters figcaption')].map((c) => c.textContent)")
        members = element(self.text("map.html"), "data")["clusters"]
        self.assertEqual(titles, [f"Cluster {k}: {count} samples" for k, count in enumerate(members)])

    def test_features_are_listed_with_pictures(self):
        self.open("features.html")
        ask = self.browser.evaluate
        self.assertEqual(ask("document.querySelectorAll('#table tbody tr').length"), 64)
        density = "[...document.querySelectorAll('#table td:nth-child(2)')].map((c) => parseFloat(c.textContent))"
        self.assertEqual(ask(density), sorted(ask(density), reverse=True))
        self.browser.click("#table th:nth-child(1) button")
        first = ask("document.querySelector('#table td').textContent")
        self.assertEqual(first, "63")
        self.assertGreater(ask("document.querySelectorAll('#table canvas').length"), 64)
        self.assertEqual(ask("document.querySelectorAll('#histograms svg').length"), 2)
        bars = ask("[...document.querySelectorAll('#histograms figure:first-child title')].map((t) => parseInt(t.textContent.split(': ')[1]))")
        self.assertEqual(bars, element(self.text("features.html"), "data")["log10_density"]["counts"])


if __name__ == "__main__":
    main(File, InBrowser)
