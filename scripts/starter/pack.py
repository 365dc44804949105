"""Packs Tiny-ImageNet-200 into arrays: pack.py TINY_IMAGENET_FOLDER OUT.

Writes {train,val}_x.npy [N, 64, 64, 3] uint8 and {train,val}_y.npy [N], labels in the order of
their sorted wnids.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image


def pixels(file: Path) -> np.ndarray:
    return np.asarray(Image.open(file).convert("RGB"))


def save(out: Path, split: str, items: list[tuple[Path, int]]) -> None:
    np.save(out / f"{split}_x.npy", np.stack([pixels(file) for file, _ in items]))
    np.save(out / f"{split}_y.npy", np.array([label for _, label in items]))


def main(root: Path, out: Path) -> None:
    wnids = sorted((root / "wnids.txt").read_text().split())
    index = {wnid: position for position, wnid in enumerate(wnids)}
    train = [
        (file, index[wnid]) for wnid in wnids for file in sorted((root / "train" / wnid / "images").glob("*.JPEG"))
    ]
    annotations = (line.split("\t") for line in (root / "val" / "val_annotations.txt").read_text().splitlines())
    val = [(root / "val" / "images" / name, index[wnid]) for name, wnid, *_ in annotations]
    save(out, "train", train)
    save(out, "val", val)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
