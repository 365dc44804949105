"""Trains the starter backbone on the CPU in bfloat16: train.py DATA EPOCHS.

DATA holds the output of pack.py and icons.mjs; DATA/starter.onnx comes out, for compress.py to halve. Eleven epochs take
about 45 minutes on two cores. A batch is 112 photos and 16 drawn icons; crops have 48 pixels for the first 60% of the
epochs, then 64; SGD with a cosine schedule and label smoothing .1; the weights kept are a running average.
"""

import json
import math
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from model import Starter
from torch import Tensor

PHOTOS, DRAWINGS = 112, 16
RATE, DECAY = 0.1, 2e-4
HELD_OUT_SET = "noto"  # Icons that measure and never train.
ICON = 80
MEAN, STD = (torch.tensor(v).view(1, 3, 1, 1) * 255 for v in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))


class Data:
    """Photos as [N, 3, 64, 64] bytes, icons as [M, 4, 80, 80] floats with straight alpha."""

    def __init__(self, folder: Path):
        self.train_x, self.train_y = self.photos(folder, "train")
        self.val_x, self.val_y = self.photos(folder, "val")
        icons = json.loads((folder / "icons.json").read_text())
        raw = np.fromfile(folder / "icons.rgba", np.uint8).reshape(len(icons), ICON, ICON, 4)
        self.icon_x = torch.from_numpy(raw).permute(0, 3, 1, 2).float()
        self.icon_y = torch.tensor([icon["y"] for icon in icons])
        held_out = np.array([icon["set"] == HELD_OUT_SET for icon in icons])
        self.icons_train, self.icons_held_out = np.flatnonzero(~held_out), np.flatnonzero(held_out)

    @staticmethod
    def photos(folder: Path, split: str) -> tuple[Tensor, Tensor]:
        x = torch.from_numpy(np.load(folder / f"{split}_x.npy")).permute(0, 3, 1, 2)
        return x, torch.from_numpy(np.load(folder / f"{split}_y.npy"))


def normalise(x: Tensor) -> Tensor:
    return (x.float() - MEAN) / STD


def uniform(n: int, low: float, high: float) -> Tensor:
    return torch.rand(n) * (high - low) + low


def mirror(n: int) -> Tensor:
    return (torch.rand(n) < 0.5).float() * 2 - 1


def augment_photos(batch: Tensor, size: int) -> Tensor:
    """Random crop (44-64 px, aspect within 15%), flip, contrast and colour."""
    n = len(batch)
    scale, ratio = uniform(n, 44, 64) / 64, torch.exp(uniform(n, -0.15, 0.15))
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0] = torch.clamp(scale * ratio, max=1) * mirror(n)
    theta[:, 1, 1] = torch.clamp(scale / ratio, max=1)
    theta[:, :, 2] = (torch.rand(n, 2) * 2 - 1) * (1 - scale).view(n, 1)
    grid = F.affine_grid(theta, [n, 3, size, size], align_corners=False)
    x = F.grid_sample(normalise(batch), grid, padding_mode="reflection", align_corners=False)
    return x * (1 + (torch.rand(n, 1, 1, 1) - 0.5) * 0.5) + (torch.rand(n, 3, 1, 1) - 0.5) * 0.4


def draw_icons(data: Data, n: int, size: int, photos: Tensor) -> tuple[Tensor, Tensor]:
    """Icons turned, scaled, shifted and tinted, on flat gradients (60%) or blurred photos."""
    pick = torch.from_numpy(np.random.choice(data.icons_train, n))
    scale, turn = uniform(n, 0.95, 1.65), uniform(n, -0.5, 0.5)
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0] = scale * torch.cos(turn) * mirror(n)
    theta[:, 0, 1] = -scale * torch.sin(turn)
    theta[:, 1, 0] = scale * torch.sin(turn)
    theta[:, 1, 1] = scale * torch.cos(turn)
    theta[:, :, 2] = (torch.rand(n, 2) - 0.5) * 0.4
    grid = F.affine_grid(theta, [n, 4, size, size], align_corners=False)
    drawn = F.grid_sample(data.icon_x[pick], grid, align_corners=False)
    slope = torch.linspace(-1, 1, size).view(1, 1, -1, 1) * (torch.rand(n, 3, 1, 1) - 0.5) * 120
    flat = (torch.rand(n, 3, 1, 1) * 255 + slope).clamp(0, 255)
    blurred = F.interpolate(F.avg_pool2d(photos.float(), 4), size=(size, size), mode="bilinear", align_corners=False)
    back = torch.where(torch.rand(n, 1, 1, 1) < 0.6, flat, blurred)
    alpha = drawn[:, 3:] / 255
    tinted = (drawn[:, :3] * uniform(n * 3, 0.75, 1.25).view(n, 3, 1, 1)).clamp(0, 255)
    return normalise(tinted * alpha + back * (1 - alpha)), data.icon_y[pick]


def accuracy(data: Data, state: dict[str, Tensor]) -> str:
    """Top-1 on the validation photos and on icons of the held-out set."""
    net = Starter().eval()
    net.load_state_dict(state)
    with torch.no_grad():
        guesses = torch.cat([net(normalise(data.val_x[i : i + 250])).argmax(1) for i in range(0, len(data.val_x), 250)])
        icons = data.icon_x[data.icons_held_out]
        small = F.interpolate(icons, size=(56, 56), mode="bilinear", align_corners=False, antialias=True)
        padded = F.pad(small, (4, 4, 4, 4))
        alpha = padded[:, 3:] / 255
        drawn = net(normalise(padded[:, :3] * alpha + 235 * (1 - alpha))).argmax(1)
    photos = (guesses == data.val_y).float().mean().item()
    icons_right = (drawn == data.icon_y[data.icons_held_out]).float().mean().item()
    return f"photos {photos:.3f} icons {icons_right:.3f}"


def learning_rate(step: int, warm_up: int, total: int) -> float:
    if step < warm_up:
        return RATE * step / warm_up
    return RATE / 2 * (1 + math.cos(math.pi * (step - warm_up) / max(1, total - warm_up)))


def main(folder: Path, epochs: int) -> None:
    torch.manual_seed(0)
    np.random.seed(0)
    data = Data(folder)
    net = Starter().to(memory_format=torch.channels_last)
    average = {name: value.clone() for name, value in net.state_dict().items()}
    groups = [
        {"params": [p for p in net.parameters() if p.ndim > 1], "weight_decay": DECAY},
        {"params": [p for p in net.parameters() if p.ndim <= 1], "weight_decay": 0},
    ]
    optimiser = torch.optim.SGD(groups, RATE, momentum=0.9, nesterov=True)
    steps = len(data.train_x) // (PHOTOS + DRAWINGS)
    step, start = 0, time.time()
    for epoch in range(epochs):
        net.train()
        order = torch.randperm(len(data.train_x))
        size = 48 if epoch < epochs * 0.6 else 64
        for batch in order[: steps * (PHOTOS + DRAWINGS)].split(PHOTOS + DRAWINGS):
            for group in optimiser.param_groups:
                group["lr"] = learning_rate(step, steps, epochs * steps)
            photos, backdrops = batch.split([PHOTOS, DRAWINGS])
            drawn, drawn_y = draw_icons(data, DRAWINGS, size, data.train_x[backdrops])
            x = torch.cat([augment_photos(data.train_x[photos], size), drawn])
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = net(x.contiguous(memory_format=torch.channels_last))
            y = torch.cat([data.train_y[photos], drawn_y])
            loss = F.cross_entropy(logits.float(), y, label_smoothing=0.1)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            step += 1
            if step % 10 == 0:
                pace = 0.1 if step < 2000 else 0.01
                for name, value in net.state_dict().items():
                    floating = value.dtype.is_floating_point
                    average[name] = average[name].lerp(value, pace) if floating else value.clone()
        minutes = (time.time() - start) / 60
        print(f"epoch {epoch} loss {loss.item():.3f} {accuracy(data, average)} minutes {minutes:.1f}", flush=True)

    net = Starter().eval()
    net.load_state_dict(average)
    names = {"input_names": ["input"], "output_names": ["logits"]}
    axes = {"input": {0: "N"}, "logits": {0: "N"}}
    torch.onnx.export(
        net, torch.randn(2, 3, 64, 64), f"{folder}/starter.onnx", opset_version=13, dynamic_axes=axes, **names
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
