"""Does in PyTorch what ./epoch does: builds the layers that the first line of its
input lists, then trains an epoch for every further line.

    python pytorch.py THREADS BATCH WINDOWS FORMAT

FORMAT is the layout of activations in memory: contiguous or channels_last. Its first
line says how much memory the import took; the others are epoch's.
"""

import json
import resource
import sys
import time

import torch
from torch import nn

torch.set_num_threads(int(sys.argv[1]))
batch, windows, layout = int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
torch.manual_seed(1)


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


print(torch.__version__, peak(), flush=True)
head = json.loads(sys.stdin.readline())
modules, image = [], head["layers"][0]["in"][0] > 1
for l in head["layers"]:
    c, out, k, s = l["in"][2], l["out"], l["kernel"], l["stride"]
    if l["kind"] == "dense":
        modules.append(nn.Linear(c, out, bias=l["bias"]))
    elif l["kind"] == "conv2d":
        modules.append(nn.Conv2d(c, out, k, s, padding=k // 2, bias=l["bias"]))
    elif l["kind"] == "conv_transpose2d":
        modules.append(nn.ConvTranspose2d(c, out, k, s, padding=k // 2, output_padding=s - 1, bias=l["bias"]))
    elif l["kind"] == "batch_norm":
        modules.append(nn.BatchNorm2d(c) if image else nn.BatchNorm1d(c))
    elif l["kind"] == "relu":
        modules.append(nn.ReLU(inplace=True))
    elif l["kind"] == "sigmoid":
        modules.append(nn.Sigmoid())
    else:
        raise SystemExit(f"unknown layer {l['kind']}")
net = nn.Sequential(*modules)
h, w, c = head["layers"][0]["in"]
data = torch.rand((windows, c, h, w) if image else (windows, c))
if layout == "channels_last" and image:
    net, data = net.to(memory_format=torch.channels_last), data.contiguous(memory_format=torch.channels_last)
if sum(p.numel() for p in net.parameters()) != head["params"]:
    raise SystemExit("the networks differ in their number of parameters")
net.train()
optimiser = torch.optim.Adam(net.parameters(), lr=1e-3, fused=True)
loss_of = nn.MSELoss()

for _ in sys.stdin:
    start, used = time.perf_counter(), time.process_time()
    total, order = 0.0, torch.randperm(windows)
    for part in order.split(batch):
        x = data[part]
        optimiser.zero_grad()
        loss = loss_of(net(x), x)
        loss.backward()
        optimiser.step()
        total += loss.item() * len(part)
    print(time.perf_counter() - start, time.process_time() - used, total / windows, peak(), flush=True)
