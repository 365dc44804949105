"""What trains and measures the starter: photos and drawn icons as tensors, and how they are varied."""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Generator, Tensor

MEASURING_SETS = ("noto", "fluent-emoji")  # Icons that never train.
ICON = 80
MEAN, STD = (torch.tensor(v).view(1, 3, 1, 1) * 255 for v in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))


def normalise(x: Tensor) -> Tensor:
    return (x.float() - MEAN) / STD


def held_out(n: int) -> np.ndarray:
    """[n] bool: every fiftieth training picture, which never trains. Recipes are chosen on these."""
    return np.arange(n) % 50 == 0


class Targets(NamedTuple):
    """What a batch should be answered with."""

    classes: Tensor  # [N, labels], sums to 1.
    features: Tensor  # [N, WIDTH] of the teacher, balanced.
    weight: Tensor  # [N], 0 where the teacher saw nothing.

    def mixed(self, other: "Targets", share: Tensor) -> "Targets":
        def mix(mine: Tensor, theirs: Tensor) -> Tensor:
            return torch.lerp(mine, theirs, share if mine.ndim == 1 else share.view(-1, 1))

        return Targets(*map(mix, self, other))


class Labels:
    """All that the starter answers with, and where the labels of the pictures stand among them (relatives.ts)."""

    SHARPNESS = 25  # A relative that is less similar by 1 / 25 gets 1 / e.

    def __init__(self, folder: Path):
        self.places = torch.tensor(json.loads((folder / "places.json").read_text()))  # [pictures' labels]
        similarity = torch.from_numpy(np.fromfile(folder / "relatives.f32", np.float32))
        self.count = round(len(similarity) ** 0.5)
        similarity = similarity.view(self.count, self.count).fill_diagonal_(-torch.inf)
        self.relatives = (similarity * self.SHARPNESS).softmax(1)

    def smoothed(self, y: Tensor, share: float) -> Tensor:
        """[n, labels]: `share` goes to the relatives of a label, the closest most; labels without pictures are learnt so.

        Smoothing along a hierarchy is from Bertinetto et al. 2020, "Making Better Mistakes", section 3.2.
        """
        return share * self.relatives[y] + (1 - share) * F.one_hot(y, self.count)

    def among_all(self, classes: Tensor) -> Tensor:
        """[n, pictures' labels] to [n, labels]."""
        return torch.zeros(len(classes), self.count).index_copy_(1, self.places, classes)


class Photos:
    """[N, 64, 64, 3] bytes with labels."""

    def __init__(self, folder: Path, split: str, labels: Labels):
        self.x = np.load(folder / f"{split}_x.npy", mmap_mode="r")
        self.y = labels.places[torch.from_numpy(np.load(folder / f"{split}_y.npy"))]

    def __getitem__(self, indices: np.ndarray) -> Tensor:
        return torch.from_numpy(self.x[indices]).permute(0, 3, 1, 2)


class Icons:
    """[M, 4, 80, 80] bytes with straight alpha, and labels."""

    def __init__(self, folder: Path):
        icons = json.loads((folder / "icons.json").read_text())
        raw = np.fromfile(folder / "icons.rgba", np.uint8).reshape(len(icons), ICON, ICON, 4)
        self.x = torch.from_numpy(raw).permute(0, 3, 1, 2)
        self.y = torch.tensor([icon["y"] for icon in icons])
        sets = np.array([icon["set"] for icon in icons])
        self.train = torch.from_numpy(np.flatnonzero(~np.isin(sets, MEASURING_SETS)))
        self.measure = {name: torch.from_numpy(np.flatnonzero(sets == name)) for name in MEASURING_SETS}

    def shown(self, indices: Tensor) -> Tensor:
        """As they are measured: [n, 3, 64, 64] normalised, 56 pixels on grey."""
        icons = self.x[indices].float()
        small = F.interpolate(icons, size=(56, 56), mode="bilinear", align_corners=False, antialias=True)
        padded = F.pad(small, (4, 4, 4, 4))
        alpha = padded[:, 3:] / 255
        return normalise(padded[:, :3] * alpha + 235 * (1 - alpha))


class Teacher:
    """What teacher.py kept: features of any crop of a training picture, and answers from them."""

    def __init__(self, folder: Path):
        known = np.load(folder / "teacher.npz")
        self.weight, self.bias = torch.from_numpy(known["weight"]), torch.from_numpy(known["bias"])
        self.maps = [np.load(folder / f"{name}.npy", mmap_mode="r") for name in known["teachers"]]
        scales = [np.load(folder / f"{name}.npz")["scale"] for name in known["teachers"]]
        self.scale = torch.from_numpy(np.concatenate(scales))
        self.widths = [len(scale) for scale in scales]
        self.heads = [self.head(np.load(folder / f"{name}.head.npz")) for name in known["teachers"]]

    @staticmethod
    def head(known: dict[str, np.ndarray]) -> list[tuple[Tensor, Tensor]]:
        layers = range(len(known) // 2)
        return [tuple(torch.from_numpy(known[f"{name}{at}"]) for name in ("weight", "bias")) for at in layers]

    def features(self, indices: np.ndarray, theta: Tensor) -> Tensor:
        """[n, WIDTH]: means of the maps below the crops theta [n, 2, 3] (as of affine_grid), teachers side by side."""
        grid = F.affine_grid(theta, [len(indices), 1, 4, 4], align_corners=False)
        maps = (torch.from_numpy(maps[indices].astype(np.float32)).permute(0, 3, 1, 2) for maps in self.maps)
        seen = (F.grid_sample(each, grid, padding_mode="border", align_corners=False).mean((2, 3)) for each in maps)
        return torch.cat(list(seen), 1)

    def balanced(self, features: Tensor) -> Tensor:
        """Directions that vary much and those that vary little count more alike than they are."""
        return features / self.scale.sqrt()

    def fitted(self, features: Tensor) -> Tensor:
        """[n, pictures' labels] from the classifier that was fitted to the training pictures."""
        return (features @ self.weight + self.bias).softmax(1)

    def answers(self, features: Tensor, temperature: float) -> Tensor:
        """[n, labels]: the mean of the teachers' own answers. Their labels are the starter's, with or without pictures."""
        answers = []
        for x, (first, *others) in zip(features.split(self.widths, 1), self.heads):
            x = x @ first[0] + first[1]
            for weight, bias in others:
                x = F.hardswish(x) @ weight + bias
            answers.append((x / temperature).softmax(1))
        return torch.stack(answers).mean(0)


class Chance:
    """Random numbers of one thread, the same for the same seed."""

    def __init__(self, seed: int):
        self.generator = Generator().manual_seed(seed)

    def uniform(self, shape: tuple[int, ...] | int, low: float = 0, high: float = 1) -> Tensor:
        return torch.rand(shape, generator=self.generator) * (high - low) + low

    def mirror(self, n: int) -> Tensor:
        return (self.uniform(n) < 0.5).float() * 2 - 1

    def pick(self, among: Tensor, n: int) -> Tensor:
        return among[torch.randint(len(among), (n,), generator=self.generator)]


def crops(n: int, smallest: float, chance: Chance) -> Tensor:
    """Random crops theta [n, 2, 3] for affine_grid: sides from `smallest` to 1, aspect within 22%, half mirrored."""
    side, aspect = chance.uniform(n, smallest, 1), torch.exp(chance.uniform(n, -0.1, 0.1))
    width, height = (side * aspect).clamp(max=1), (side / aspect).clamp(max=1)
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0], theta[:, 1, 1] = width * chance.mirror(n), height
    theta[:, 0, 2], theta[:, 1, 2] = (1 - width) * chance.uniform(n, -1, 1), (1 - height) * chance.uniform(n, -1, 1)
    return theta


def cropped(photos: Tensor, theta: Tensor, size: int, chance: Chance) -> Tensor:
    """[n, 3, size, size] normalised, with other contrast and colour. Fewer pixels than the crop has are its means."""
    n = len(photos)
    fine = size if size >= 48 else 2 * size
    grid = F.affine_grid(theta, [n, 3, fine, fine], align_corners=False)
    x = F.grid_sample(normalise(photos), grid, padding_mode="reflection", align_corners=False)
    x = F.avg_pool2d(x, fine // size)
    return x * chance.uniform((n, 1, 1, 1), 0.75, 1.25) + chance.uniform((n, 3, 1, 1), -0.2, 0.2)


def drawn(icons: Icons, n: int, size: int, photos: Tensor, chance: Chance) -> tuple[Tensor, Tensor]:
    """Icons turned, scaled, shifted and tinted, on flat gradients (60%) or on blurred photos: pixels and labels."""
    pick = chance.pick(icons.train, n)
    scale, turn = chance.uniform(n, 0.95, 1.65), chance.uniform(n, -0.5, 0.5)
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0] = scale * torch.cos(turn) * chance.mirror(n)
    theta[:, 0, 1] = -scale * torch.sin(turn)
    theta[:, 1, 0] = scale * torch.sin(turn)
    theta[:, 1, 1] = scale * torch.cos(turn)
    theta[:, :, 2] = chance.uniform((n, 2), -0.2, 0.2)
    grid = F.affine_grid(theta, [n, 4, size, size], align_corners=False)
    icon = F.grid_sample(icons.x[pick].float(), grid, align_corners=False)
    slope = torch.linspace(-1, 1, size).view(1, 1, -1, 1) * chance.uniform((n, 3, 1, 1), -60, 60)
    flat = (chance.uniform((n, 3, 1, 1), 0, 255) + slope).clamp(0, 255)
    blurred = F.interpolate(F.avg_pool2d(photos.float(), 4), size=(size, size), mode="bilinear", align_corners=False)
    back = torch.where(chance.uniform((n, 1, 1, 1)) < 0.6, flat, blurred)
    alpha = icon[:, 3:] / 255
    tinted = (icon[:, :3] * chance.uniform((n, 3, 1, 1), 0.75, 1.25)).clamp(0, 255)
    return normalise(tinted * alpha + back * (1 - alpha)), icons.y[pick]


def pasted(x: Tensor, targets: Targets, share: float, chance: Chance) -> tuple[Tensor, Targets]:
    """CutMix (Yun et al. 2019) for a `share` of the batch: a box of the next picture, and its part of the targets."""
    n, size = len(x), x.shape[-1]
    area = chance.uniform(n) * (chance.uniform(n) < share)
    half = area.sqrt().view(n, 1) * size / 2
    centre = chance.uniform((n, 2), 0, size)
    at = torch.arange(size) + 0.5
    inside = (at >= centre[:, :, None] - half[:, :, None]) & (at < centre[:, :, None] + half[:, :, None])
    box = (inside[:, 0, :, None] & inside[:, 1, None, :]).unsqueeze(1)
    others = torch.roll(torch.arange(n), 1)
    part = box.float().mean((1, 2, 3))
    return torch.where(box, x[others], x), targets.mixed(Targets(*(value[others] for value in targets)), part)
