"""PyTorch's side of the gradient benchmark: exports the networks, and times one run for each line it reads."""

import os
import sys
import time
import warnings

import torch
import torchvision

warnings.filterwarnings("ignore")

NETWORKS = {
    "resnet18": lambda: torchvision.models.resnet18(weights=None),
    "mobilenet_v2": lambda: torchvision.models.mobilenet_v2(weights=None),
    # Not in the default run: --network resnet50 --network swin_t ...
    "resnet50": lambda: torchvision.models.resnet50(weights=None),
    "mobilenet_v3_small": lambda: torchvision.models.mobilenet_v3_small(weights=None),
    "efficientnet_b0": lambda: torchvision.models.efficientnet_b0(weights=None),
    "convnext_tiny": lambda: torchvision.models.convnext_tiny(weights=None),
    "swin_t": lambda: torchvision.models.swin_t(weights=None),
    "vit_s_16": lambda: torchvision.models.VisionTransformer(
        image_size=224, patch_size=16, num_layers=12, num_heads=6, hidden_dim=384, mlp_dim=1536
    ),
}


def network(name):
    torch.manual_seed(0)
    return NETWORKS[name]().eval().requires_grad_(False)


def export(name, file):
    model = network(name)
    if name.startswith("vit"):
        # In evaluation mode attention takes a fused path that cannot be exported; there is no dropout to mind.
        model.train()
    torch.onnx.export(
        model,
        torch.zeros(1, 3, 224, 224),
        file,
        opset_version=14,
        input_names=["input"],
        output_names=["logits"],
        dynamic_axes={"input": {0: "N"}, "logits": {0: "N"}},
        training=torch.onnx.TrainingMode.PRESERVE,
    )


def peak_bytes():
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * 1024
    return 0


def serve(name, batch, threads):
    torch.set_num_threads(threads)
    model = network(name)
    labels = torch.arange(batch) % 1000
    x = torch.randn(batch, 3, 224, 224)

    def forward():
        with torch.no_grad():
            model(x)

    def gradient():
        image = x.clone().requires_grad_(True)
        torch.nn.functional.cross_entropy(model(image), labels).backward()

    work = {"forward": forward, "gradient": gradient}
    print("ready", flush=True)
    for line in sys.stdin:
        task = line.strip()
        if task == "peak":
            print(peak_bytes(), flush=True)
            continue
        wall, cpu = time.perf_counter(), time.process_time()
        work[task]()
        print(time.perf_counter() - wall, time.process_time() - cpu, flush=True)


if sys.argv[1] == "export":
    export(sys.argv[2], sys.argv[3])
else:
    serve(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
