"""Trains the starter backbone on the CPU in bfloat16: train.py DATA RUN [--epochs 35] [--decay 10].

DATA holds the output of pack.py, relatives.ts, icons.mjs and teacher.py; RUN is a folder for checkpoints. RUN/starter.onnx
comes out, for compress.py to make smaller. Ended at any time, the same command goes on from the last checkpoint, at most
200 steps back.

The rate warms up, stays, and falls to zero in the last `decay` epochs. RUN/stable.pt is kept from before it falls: the
same command with more epochs goes on from there and decays anew (Haegele et al. 2024, "Scaling Laws and Compute-Optimal
Training Beyond Fixed Training Durations").

Two threads train a replica each on half of a batch and wait for each other once a step, not in every layer: no core
idles where other programs want the cores too.
"""

import argparse
import copy
import dataclasses
import os

os.environ["OMP_NUM_THREADS"] = "1"  # Of each replica; read when PyTorch is loaded.

import json  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from concurrent.futures import ThreadPoolExecutor  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from data import (  # noqa: E402
    Chance,
    Icons,
    Labels,
    Photos,
    Targets,
    Teacher,
    cropped,
    crops,
    drawn,
    held_out,
    normalise,
    pasted,
)
from model import Starter  # noqa: E402
from torch import Tensor, nn  # noqa: E402

REPLICAS = 2
PHOTOS, DRAWINGS = 64, 10  # Of each replica.
CHECKPOINT_STEPS = 200
STATISTICS_BATCHES = 30


@dataclasses.dataclass
class Recipe:
    epochs: float = 35
    decay: float = 10
    whole: float = 3
    """In these last epochs pictures are shown nearly whole and unmixed, as they will be asked about: things that train in
    smaller crops look larger there (Touvron et al. 2019, "Fixing the Train-Test Resolution Discrepancy")."""
    rate: float = 0.2
    weight_decay: float = 5e-4
    smoothing: float = 0.4
    """Share of a label that its relatives get."""
    hard: float = 0.3
    """Weight of the label; the rest is the teachers' answer."""
    own: float = 0.57
    """Share that the teachers' own answers have in it; the rest is the classifier that was fitted to the pictures."""
    temperature: float = 2
    """Of the teachers' own answers."""
    features: float = 2.0
    """Weight of the angle between the teacher's features and a projection of the starter's."""
    paste: float = 0.3
    """Share of pictures that get a part of another."""
    small_epochs: float = 4
    """These at 32 pixels, then 48; the second half of the decay at 64."""
    size: int = 0
    """Always this size, where it is not 0."""
    part: int = 1
    """Train on every so manieth picture only, to try a recipe."""
    average: float = 0.9995
    """Share that the running average of the weights keeps at each step."""


class Student(nn.Module):
    """The starter beside a linear projection of its features to those of the teacher."""

    def __init__(self, width: int):
        super().__init__()
        self.starter = Starter()
        self.project = nn.Linear(self.starter.classifier.in_features, width)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        features = self.starter.features(x)
        return self.starter.classifier(features), self.project(features)


class Training:
    def __init__(self, data: Path, run: Path, recipe: Recipe):
        torch.manual_seed(0)
        self.run, self.recipe = run, recipe
        self.labels, self.icons, self.teacher = Labels(data), Icons(data), Teacher(data)
        self.photos = Photos(data, "train", self.labels)
        check = held_out(len(self.photos.y))
        self.check = np.flatnonzero(check)
        self.learn = np.flatnonzero(~check)[:: recipe.part]
        students = [Student(len(self.teacher.scale)) for _ in range(REPLICAS)]
        self.replicas = [student.to(memory_format=torch.channels_last) for student in students]
        self.net = self.replicas[0]
        self.average = {name: value.clone() for name, value in self.net.state_dict().items()}
        groups = [
            {"params": [p for p in self.net.parameters() if p.ndim > 1], "weight_decay": recipe.weight_decay},
            {"params": [p for p in self.net.parameters() if p.ndim <= 1], "weight_decay": 0},
        ]
        self.optimiser = torch.optim.SGD(groups, recipe.rate, momentum=0.9, nesterov=True)
        self.step = 0
        self.epoch_steps = len(self.learn) // (PHOTOS * REPLICAS)
        self.decay_start = round((recipe.epochs - recipe.decay) * self.epoch_steps)
        self.steps = round(recipe.epochs * self.epoch_steps)

    def save(self, name: str) -> None:
        state = {
            "step": self.step,
            "decay": (self.decay_start, self.steps),
            "net": self.net.state_dict(),
            "average": self.average,
            "optimiser": self.optimiser.state_dict(),
        }
        torch.save(state, self.run / f"{name}.new")
        os.replace(self.run / f"{name}.new", self.run / f"{name}.pt")

    def resume(self) -> None:
        """From the decay when it is this one, else from before it."""
        for name in ("decay", "stable"):
            file = self.run / f"{name}.pt"
            if not file.exists():
                continue
            state = torch.load(file)
            if name == "decay" and state["decay"] != (self.decay_start, self.steps):
                continue
            self.net.load_state_dict(state["net"])
            self.average = state["average"]
            self.optimiser.load_state_dict(state["optimiser"])
            self.step = state["step"]
            print(f"goes on from {file} at step {self.step} of {self.steps}", flush=True)
            return

    def size(self) -> int:
        if self.recipe.size:
            return self.recipe.size
        if self.step < self.recipe.small_epochs * self.epoch_steps:
            return 32
        return 64 if self.step > (self.decay_start + self.steps) / 2 else 48

    def rate(self) -> float:
        """Up over half an epoch, level, then down as 1 - sqrt (Haegele et al. 2024, section 4.2)."""
        up = min(1, (self.step + 1) / (0.5 * self.epoch_steps))
        fallen = max(0, self.step - self.decay_start) / max(1, self.steps - self.decay_start)
        return self.recipe.rate * up * (1 - fallen**0.5)

    def batch(self, indices: np.ndarray, chance: Chance) -> tuple[Tensor, Targets]:
        """Photos of these indices and DRAWINGS icons, with targets."""
        recipe, size = self.recipe, self.size()
        photos = self.photos[indices]
        whole = self.step >= self.steps - recipe.whole * self.epoch_steps
        theta = crops(len(indices), 0.85 if whole else 0.625, chance)
        pixels, labels = drawn(self.icons, DRAWINGS, size, photos[:DRAWINGS], chance)
        x = torch.cat([cropped(photos, theta, size, chance), pixels])
        classes = self.labels.smoothed(torch.cat([self.photos.y[indices], labels]), recipe.smoothing)
        seen = self.teacher.features(indices, theta)
        own = self.teacher.answers(seen, recipe.temperature)
        answers = torch.lerp(self.labels.among_all(self.teacher.fitted(seen)), own, recipe.own)
        classes[: len(indices)] = torch.lerp(answers, classes[: len(indices)], recipe.hard)
        none = torch.zeros(DRAWINGS)
        targets = Targets(
            classes,
            torch.cat([self.teacher.balanced(seen), none.view(-1, 1).expand(-1, seen.shape[1])]),
            torch.cat([torch.ones(len(indices)), none]),
        )
        return (x, targets) if whole else pasted(x, targets, recipe.paste, chance)

    def gradients(self, replica: int, indices: np.ndarray) -> float:
        """Leaves the gradients of the loss in the replica."""
        net = self.replicas[replica]
        net.train()
        x, targets = self.batch(indices, Chance(self.step * REPLICAS + replica))
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits, features = net(x.contiguous(memory_format=torch.channels_last))
        loss = -(targets.classes * F.log_softmax(logits.float(), 1)).sum(1).mean()
        angle = 1 - F.cosine_similarity(features.float(), targets.features, eps=1e-4)
        net.zero_grad()
        (loss + self.recipe.features * (angle * targets.weight).mean()).backward()
        return loss.item()

    def train(self) -> None:
        pool = ThreadPoolExecutor(REPLICAS)
        started, first, losses = time.time(), self.step, []
        while self.step < self.steps:
            if self.step == self.decay_start:
                self.save("stable")
            self.share_weights()
            epoch, at = divmod(self.step, self.epoch_steps)
            order = np.random.RandomState(epoch).permutation(self.learn) if at == 0 or self.step == first else order
            parts = order[at * PHOTOS * REPLICAS :][: PHOTOS * REPLICAS].reshape(REPLICAS, PHOTOS)
            losses += pool.map(self.gradients, range(REPLICAS), parts)
            self.descend()
            self.step += 1
            if self.step % 50 == 0:
                pace = (self.step - first) * PHOTOS * REPLICAS / (time.time() - started)
                words = f"loss {np.mean(losses):.3f} at {self.size()} px, {pace:.0f} photos a second"
                print(f"step {self.step} of {self.steps} {words}", flush=True)
                losses = []
            if self.step % CHECKPOINT_STEPS == 0:
                self.save("decay" if self.step > self.decay_start else "stable")
            if self.step % self.epoch_steps == 0:
                minutes = (time.time() - started) / 60
                print(f"epoch {epoch + 1} held-out {self.accuracy()} minutes {minutes:.1f}", flush=True)
        self.save("decay")

    @torch.no_grad()
    def share_weights(self) -> None:
        for replica in self.replicas[1:]:
            for mine, theirs in zip(self.net.parameters(), replica.parameters()):
                theirs.copy_(mine)

    @torch.no_grad()
    def descend(self) -> None:
        """One step by the mean gradient of the replicas, and of the running average after it."""
        for params in zip(*(replica.parameters() for replica in self.replicas)):
            for other in params[1:]:
                params[0].grad += other.grad
            params[0].grad /= REPLICAS
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate()
        self.optimiser.step()
        pace = max(1 - self.recipe.average, 1 / (self.step + 2))
        for name, value in self.net.state_dict().items():
            if value.dtype.is_floating_point:
                self.average[name].lerp_(value, pace)

    @torch.no_grad()
    def present(self) -> Starter:
        """What is measured and exported: the weights where the rate falls, else their running average.

        The average lags behind a rate that falls: at the end of 20 epochs it had 52.2% of the held-out photos, the weights
        55.6%. At a level rate it is ahead, with the statistics that its own batch norms see on training pictures: those
        that were gathered on the way belong to weights that move, and with them it is 7 to 9 points worse (Izmailov et al.
        2018, "Averaging Weights Leads to Wider Optima", section 3.2).
        """
        if self.step > self.decay_start:
            return copy.deepcopy(self.net.starter).eval()
        student = Student(len(self.teacher.scale))
        student.load_state_dict(self.average)
        net = student.starter.to(memory_format=torch.channels_last)
        for norm in net.modules():
            if isinstance(norm, nn.BatchNorm2d):
                norm.reset_running_stats()
                norm.momentum = None  # The mean of all batches.
        for seed in range(STATISTICS_BATCHES):
            indices = np.random.RandomState(seed).choice(self.learn, PHOTOS, replace=False)
            x, _ = self.batch(indices, Chance(seed))
            net(x.contiguous(memory_format=torch.channels_last))
        return net.eval()

    @torch.no_grad()
    def accuracy(self, photos: Photos | None = None) -> str:
        """Top-1 on these or held-out photos, and on icons of sets that do not train: of what has a label of the pictures
        among these labels / of everything among all labels.

        At the size that is trained at: of larger pictures than those a network knows little.
        """
        net, size, places = self.present(), self.size(), self.labels.places

        def right(x: Tensor, y: Tensor) -> str:
            x = F.interpolate(x, size=(size, size), mode="bilinear", align_corners=False, antialias=True)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = torch.cat([net(part.contiguous(memory_format=torch.channels_last)) for part in x.split(100)])
            pictured = torch.isin(y, places)
            shares = (places[logits[:, places].argmax(1)] == y)[pictured], logits.argmax(1) == y
            return "/".join(f"{share.float().mean().item():.3f}" for share in shares)

        photos, which = (photos, np.arange(len(photos.y))) if photos else (self.photos, self.check)
        words = [f"photos {right(normalise(photos[which]), photos.y[which])}"]
        for name, icons in self.icons.measure.items():
            words.append(f"{name} {right(self.icons.shown(icons), self.icons.y[icons])}")
        return " ".join(words)

    def export(self) -> None:
        names = {"input_names": ["input"], "output_names": ["logits"]}
        axes = {"input": {0: "N"}, "logits": {0: "N"}}
        file = str(self.run / "starter.onnx")
        sample = torch.randn(2, 3, 64, 64)
        torch.onnx.export(self.present(), sample, file, opset_version=13, dynamic_axes=axes, **names)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("run", type=Path)
    for field in dataclasses.fields(Recipe):
        parser.add_argument(f"--{field.name}", type=type(field.default), default=field.default)
    values = vars(parser.parse_args())
    data, run = values.pop("data"), values.pop("run")
    run.mkdir(parents=True, exist_ok=True)
    training = Training(data, run, Recipe(**values))
    print(json.dumps(values), flush=True)
    training.resume()
    training.train()
    training.export()
    print(f"validation {training.accuracy(Photos(data, 'val', training.labels))}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
