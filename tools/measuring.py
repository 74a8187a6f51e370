"""What the scripts that measure aedenoise beside others share."""
import gzip
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import venv

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = str(ROOT / "build/aedenoise")


def enter_environment(packages):
    """Called when an import failed: starts the script again in an environment in .deps that has these packages of PyPI."""
    home = ROOT / ".deps" / pathlib.Path(sys.argv[0]).name
    if pathlib.Path(sys.prefix) == home:
        raise  # the error at hand: the environment lacks something
    python = home / "bin/python"
    complete = home / "complete"  # an installation that failed is done again
    if not complete.exists():
        # With this Python's pip, as Debian's needs another package to put one into an environment.
        venv.create(home, clear=True)
        subprocess.run([sys.executable, "-m", "pip", "--python", python, "install", "-q", *packages], check=True)
        complete.touch()
    os.execv(python, [str(python), *sys.argv])


def read_idx(path):
    """The numbers of a packed idx file of bytes, in its shape."""
    import numpy as np

    data = gzip.open(path).read()
    sizes = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "big") for i in range(data[3])]
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(sizes)


def largest_piece(mask):
    """Of a mask's connected pieces the one of most elements."""
    import numpy as np
    from scipy import ndimage

    labels, count = ndimage.label(mask)
    return labels == 1 + np.argmax(ndimage.sum(mask, labels, range(1, count + 1))) if count else mask


def denoise_volume(program, model, noisy, zooms, *options):
    """Runs `aedenoise denoise` on voxels (x, y, z) of `zooms` mm; the result in floats and the seconds it took, files included.

    `model` is a file or built-in name, empty for the program's choice, and may have options behind it: NAME+OPTION=VALUE.
    """
    import nibabel
    import numpy as np

    with tempfile.TemporaryDirectory() as folder:
        source, target = pathlib.Path(folder, "noisy.nii"), pathlib.Path(folder, "denoised.nii")
        nibabel.save(nibabel.Nifti1Image(noisy, np.diag([*zooms, 1.0])), source)
        command = [program, "denoise", str(source), "-o", str(target), "-q", *options]
        name, *more = model.split("+")
        if name:
            command += ["-m", name]
        for option in more:
            word, *value = option.split("=", 1)
            command += ["--" + word, *value]
        start = time.perf_counter()
        subprocess.run(command, check=True)
        return np.asarray(nibabel.load(target).dataobj, np.float64), time.perf_counter() - start
