#!/usr/bin/env python3
"""Runs every file of the pydicom wheel through `aedenoise denoise` and compares before and after with pydicom.

Usage: dicom_wheel_test.py PROGRAM FOLDER
FOLDER keeps the wheels (pydicom, numpy, Pillow; downloaded once) and what the program writes.
With --strength 0 only the elements listed below may differ; ordinary runs must succeed or give a reason. None may
crash, hang, leave a file behind after a failure or take much more memory than its pixels need.
"""
import multiprocessing
import os
import pathlib
import re
import shutil
import subprocess
import sys
import uuid
import warnings

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
WHEELS = {
    "pydicom==3.0.2": "abf971a5440f84dbaf42c4b6758e30e62480902584f8b270b9a5d146e278a07b",
    "numpy==1.26.4": "666dbfb6ec68962c033a450943ded891bed2d54e6755e35e5835d63f4f6931d5",
    "pillow==10.2.0": "11fa2e5984b949b0dd6d7a94d967743d87c577ff0b83392f17cb3990d0d2fd6e",
}
CHANGED = {"ImageType", "InstanceCreationDate", "InstanceCreationTime", "SOPInstanceUID", "ContentDate", "ContentTime",
           "SeriesDescription", "DerivationDescription", "DerivationCodeSequence", "SourceImageSequence",
           "SeriesInstanceUID", "SeriesNumber", "PixelData"}
DROPPED = {"SmallestImagePixelValue", "LargestImagePixelValue", "SmallestPixelValueInSeries",
           "LargestPixelValueInSeries", "IconImageSequence", "DigitalSignaturesSequence", "MACParametersSequence"}
DECOMPRESSED = {"PhotometricInterpretation", "LossyImageCompression"}  # may also change where pixels were compressed
# Files with pixels that are refused, and a word of the reason.
REFUSED = {
    "examples_palette.dcm": "palette", "liver_1frame.dcm": "1 bits", "liver_expb_1frame.dcm": "1 bits",
    "badVR.dcm": "32 bits", "SC_rgb_rle_32bit.dcm": "32 bits", "SC_rgb_rle_32bit_2frame.dcm": "32 bits",
    "rtdose.dcm": "32 bits", "rtdose_1frame.dcm": "32 bits", "rtdose_expb.dcm": "32 bits",
    "rtdose_expb_1frame.dcm": "32 bits", "rtdose_rle.dcm": "32 bits", "rtdose_rle_1frame.dcm": "32 bits",
    "MR_truncated.dcm": "ends too early",
    "SC_rgb_jpeg.dcm": "ends too early",  # says Explicit VR but is Implicit; dcmdump does not read it either
    "meta_missing_tsyntax.dcm": "holds no image", "nested_priv_SQ.dcm": "holds no image",  # pixels without a size
    "JPEG2000-embedded-sequence-delimiter.dcm": "JPEG 2000",  # its code stream was damaged on purpose
}
MARGIN = 64 << 20
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "aedenoise")

failures = []


def expect(condition, text):
    if not condition:
        failures.append(text)
        print("FAILED:", text, flush=True)


class Outcome:
    """A finished run: exit code, standard error, peak memory in bytes."""

    def __init__(self, code, err, peak):
        self.code, self.err, self.peak = code, err, peak


def run_here(command, limit=120):
    environment = dict(os.environ, SOURCE_DATE_EPOCH="1700000000", OMP_NUM_THREADS="1")
    process = subprocess.Popen(["timeout", str(limit)] + command, env=environment, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
    err = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, err, usage.ru_maxrss * 1024


# A process counts the memory of the one it was started from as its own, so programs are run from a small one.
runner = multiprocessing.get_context("fork").Pool(1)


def run(command):
    return Outcome(*runner.apply(run_here, ([str(word) for word in command],)))


def fetch(folder):
    for wheel, digest in WHEELS.items():
        mark = folder / (digest[:16] + ".done")
        if not mark.exists():
            subprocess.run([ROOT / "tools/fetch_wheel", wheel, digest, folder], check=True)
            mark.touch()
    sys.path.insert(0, str(folder))


def is_group_length(element):
    return element.tag.element == 0


def same_value(a, b):
    """Whether two elements hold the same, whatever the spelling of their type."""
    if a.VR == "SQ" and b.VR == "SQ":
        return len(a.value) == len(b.value) and all(not differences(x, y) for x, y in zip(a.value, b.value))
    empty = (None, "", b"", [])
    if a.value in empty and b.value in empty:
        return True
    if a.VR == b.VR:
        return a.value == b.value or (isinstance(a.value, bytes) and a.value.rstrip(b"\0") == b.value.rstrip(b"\0"))
    return str(a.value) == str(b.value)


def differences(before, after, allowed=()):
    """What differs between two data sets, but for the keywords in `allowed`."""
    out = []
    for element in before:
        if is_group_length(element) or element.keyword in allowed:
            continue
        if element.tag not in after:
            out.append(f"{element.tag} {element.keyword} is gone")
        elif not same_value(element, after[element.tag]):
            out.append(f"{element.tag} {element.keyword}: {element!r} became {after[element.tag]!r}")
    for element in after:
        if element.tag not in before and element.keyword not in allowed:
            out.append(f"{element.tag} {element.keyword} is new")
    return out


def check_identity(name, before, after):
    expect(after.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1", f"{name}: not Explicit VR Little Endian")
    expect(after.file_meta.MediaStorageSOPInstanceUID == after.SOPInstanceUID, f"{name}: the meta UID differs")
    kind = list(before.get("ImageType") or [])
    expect(list(after.ImageType) == ["DERIVED", "SECONDARY"] + kind[2:], f"{name}: {after.ImageType}")
    method = after.DerivationDescription.split("; ")[-2]
    expect(re.fullmatch(r"aedenoise \S+ denoise, model \w+ \(SHA-256 [0-9a-f]{16}\), .*", method), f"{name}: {method}")
    for keyword in ("SOPInstanceUID", "SeriesInstanceUID"):
        if before.get(keyword):
            number = uuid.uuid5(NAMESPACE, f"{before[keyword].value}\n{method}").int
            expect(after[keyword].value == f"2.25.{number}", f"{name}: {keyword} is {after[keyword].value}")
    source = after.SourceImageSequence[0]
    expect(source.ReferencedSOPInstanceUID == before.get("SOPInstanceUID", ""), f"{name}: no reference to its source")
    expect(source.PurposeOfReferenceCodeSequence[0].CodeValue == "121322", f"{name}: purpose of reference")
    expect(after.DerivationCodeSequence[-1].CodeValue == "113087", f"{name}: derivation code")
    if before.get("SeriesNumber"):
        expect(after.SeriesNumber == before.SeriesNumber + 1000, f"{name}: series number {after.SeriesNumber}")


def check_pixels(name, before, after, twin):
    """Returns whether there was something to compare with."""
    import numpy
    from pydicom.pixels import pixel_array
    syntax = before.file_meta.TransferSyntaxUID if "TransferSyntaxUID" in before.file_meta else None
    lossless = not syntax or not syntax.is_compressed or syntax in (
        "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80",
        "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.1.99")
    try:
        expected = pixel_array(twin if twin is not None else before).astype(int)
    except (RuntimeError, NotImplementedError, AttributeError):
        return False
    found = pixel_array(after).astype(int)
    # Unused high bits are not kept.
    if before.SamplesPerPixel == 1 and before.BitsStored < before.BitsAllocated and before.PixelRepresentation == 0:
        expected &= (1 << before.BitsStored) - 1
    expect(found.shape == expected.shape, f"{name}: shape {found.shape} instead of {expected.shape}")
    worst = numpy.abs(found - expected).max() if found.shape == expected.shape else 0
    # Two decoders of a lossy format may round differently, more so where they interpolate colours.
    limit = 0 if lossless else (2 if before.SamplesPerPixel == 1 else 64)
    mean = numpy.abs(found - expected).mean() if found.shape == expected.shape else 0
    expect(worst <= limit and mean <= 2, f"{name}: pixels differ by up to {worst}, {mean:.2f} on average")
    return True


def check_strength_zero(program, source, name, output, baseline):
    import pydicom
    before = pydicom.dcmread(source, force=True)
    outcome = run([program, "denoise", source, "-o", output, "--strength", "0"])
    frames = str(before.get("NumberOfFrames") or 1)
    pixels = before.get("Rows", 0) * before.get("Columns", 0) * (int(frames) if frames.isdigit() else 1)
    expect(outcome.peak < baseline + MARGIN + 60 * pixels, f"{name}: {outcome.peak >> 20} MB for {pixels} pixels")
    should_fail = "PixelData" not in before or source.name in REFUSED
    if should_fail:
        reason = REFUSED.get(source.name, "")
        lines = outcome.err.strip().splitlines()
        good = outcome.code == 3 and len(lines) == 1 and lines[0].startswith(f"aedenoise: {source}: ")
        expect(good and reason in lines[0], f"{name}: exit code {outcome.code}, {outcome.err}")
        expect(not output.exists(), f"{name}: a failed run left a file")
        return None
    expect(outcome.code == 0, f"{name}: exit code {outcome.code}, {outcome.err}")
    if outcome.code != 0:
        return None
    after = pydicom.dcmread(output)
    allowed = CHANGED | DROPPED
    syntax = before.file_meta.get("TransferSyntaxUID") if hasattr(before, "file_meta") else None
    if syntax and syntax.is_compressed:
        allowed = allowed | DECOMPRESSED
    for text in differences(before, after, allowed):
        expect(False, f"{name}: {text}")
    check_identity(name, before, after)
    twin = pydicom.dcmread(source.parent / "MR_small.dcm") if source.name.startswith("MR_small") else None
    return check_pixels(name, before, after, twin)


def main():
    warnings.simplefilter("ignore")  # pydicom's, about what is odd in its files
    program, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    fetch(folder / "wheels")
    results = folder / "results"
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir()
    (folder / "tiny.pgm").write_bytes(b"P5 8 8 255\n" + bytes(64))
    baseline = run([program, "denoise", folder / "tiny.pgm", "-o", results / "tiny.pgm", "--strength", "0"]).peak

    data = folder / "wheels/pydicom/data"
    done = compared = refused = 0
    for source in sorted(path for path in data.rglob("*") if path.is_file()):
        name = str(source.relative_to(data))
        with open(source, "rb") as file:
            head = file.read(132)
        if head[128:] != b"DICM" or source.name.startswith("IM0000"):  # the 50 IM... files are alike, without pixels
            continue
        done += 1
        output = results / (name.replace("/", "_") + ".dcm")
        outcome = check_strength_zero(program, source, name, output, baseline)
        refused += outcome is None
        compared += outcome is True
        if outcome is None:
            continue
        again = results / "again.dcm"
        second = run([program, "denoise", source, "-o", again, "--sigma", "5", "--force"])
        expect(second.code == 0 or (second.code == 3 and second.err.startswith("aedenoise: ")),
               f"{name}: {second.code} {second.err}")
    print(f"{done} files: {done - refused} denoised, the pixels of {compared} compared, {refused} refused with a reason")
    expect(done > 100 and done - refused > 80 and compared > 70, "too few files were found")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
