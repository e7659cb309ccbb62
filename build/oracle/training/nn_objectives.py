"""Writes training/nn/testdata/objectives.json: one forward and backward pass in float64, by
PyTorch's automatic differentiation, of small networks with what nn_gradients.py does not
cover: latent values that are drawn, operating conditions, mean pooling, and NT-Xent.

Made with PyTorch 2.15.0, NumPy 2.4.6:
    python build/oracle/training/nn_objectives.py

Convolutions have stride 1 and kernels of 1 or 3, for which PyTorch's padding is SAME.
"""
import json
import os

import numpy as np
import torch
import torch.nn.functional as F

EPSILON = 1e-5  # of batch normalisation
OUT = os.path.join(os.path.dirname(__file__), "../../../training/nn/testdata/objectives.json")
rng = np.random.default_rng(31)


def layer(kind, out=0, kernel=0, bias=False, conditions=0):
    return dict(kind=kind, out=out, kernel=kernel, stride=1 if kernel else 0, bias=bias, conditions=conditions)


# name: shape of the input, batch, temperature of NT-Xent (0: reproduce a target), layers
NETS = {
    "latent_dense": ((1, 1, 7), 5, 0, [layer("dense", 6, bias=True), layer("relu"), layer("dense", 8, bias=True), layer("sample"),
                                       layer("dense", 5), layer("batch_norm"), layer("relu"), layer("dense", 7, bias=True)]),
    "latent_conv": ((5, 3, 2), 4, 0, [layer("conv2d", 4, 3), layer("batch_norm"), layer("relu"), layer("conv2d", 6, 1, True), layer("sample"),
                                      layer("conv2d", 5, 1), layer("batch_norm"), layer("relu"), layer("conv2d", 2, 3, True), layer("sigmoid")]),
    "condition": ((1, 1, 6), 7, 0, [layer("dense", 5), layer("batch_norm"), layer("condition", conditions=2), layer("relu"),
                                    layer("dense", 4), layer("batch_norm"), layer("condition", conditions=2), layer("relu"),
                                    layer("dense", 6, bias=True)]),
    "condition_conv": ((3, 4, 1), 5, 0, [layer("conv2d", 3, 3), layer("batch_norm"), layer("condition", conditions=1), layer("relu"),
                                         layer("conv2d", 1, 3, True)]),
    "contrast": ((4, 3, 1), 8, 0.5, [layer("conv2d", 4, 3), layer("batch_norm"), layer("relu"), layer("conv2d", 5, 1, True),
                                     layer("mean_pool"), layer("dense", 6, bias=True), layer("relu"), layer("dense", 3, bias=True)]),
}


def flat(v):
    return [float(f"{x:.9g}") for x in np.asarray(v).reshape(-1)]  # nine digits keep a float32 exactly


def r32(*shape, lo=-1.0, hi=1.0):
    return torch.tensor(rng.uniform(lo, hi, shape).astype(np.float32).astype(np.float64))


def build(shape, layers):
    made = []
    for l in layers:
        k, out, cin = l["kernel"], l["out"], shape[2]
        p = {}
        if l["kind"] == "dense":
            p["w"], shape = r32(cin, out), (1, 1, out)
        elif l["kind"] == "conv2d":
            p["w"], shape = r32(k, k, cin, out), (shape[0], shape[1], out)
        elif l["kind"] == "batch_norm":
            p["gamma"], p["beta"] = r32(cin, lo=0.5, hi=1.5), r32(cin)
        elif l["kind"] == "condition":
            p["w"] = r32(l["conditions"], shape[0] * shape[1] * cin)
        elif l["kind"] == "sample":
            shape = (shape[0], shape[1], cin // 2)
        elif l["kind"] == "mean_pool":
            shape = (1, 1, cin)
        if l["bias"]:
            p["b"] = r32(out)
        for v in p.values():
            v.requires_grad_()
        made.append((l, p, shape))
    return made


def run(x, made, conditions, noise):
    divergence = None
    for l, p, shape in made:
        if l["kind"] == "dense":
            x = x.reshape(len(x), 1, 1, -1) @ p["w"]
        elif l["kind"] == "conv2d":
            x = F.conv2d(x.permute(0, 3, 1, 2), p["w"].permute(3, 2, 0, 1).contiguous(), padding=l["kernel"] // 2).permute(0, 2, 3, 1)
        elif l["kind"] == "batch_norm":
            mean, var = x.mean((0, 1, 2)), x.var((0, 1, 2), unbiased=False)
            x = (x - mean) / torch.sqrt(var + EPSILON) * p["gamma"] + p["beta"]
        elif l["kind"] == "condition":
            x = x + (conditions @ p["w"]).reshape(x.shape)
        elif l["kind"] == "sample":
            mean, logvar = x.chunk(2, -1)
            q = torch.distributions.Normal(mean, torch.exp(logvar / 2))
            divergence = torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0)).sum((1, 2, 3)).mean()
            x = mean + torch.exp(logvar / 2) * noise
        elif l["kind"] == "mean_pool":
            x = x.mean((1, 2), keepdim=True)
        elif l["kind"] == "relu":
            x = torch.relu(x)
        elif l["kind"] == "sigmoid":
            x = torch.sigmoid(x)
        if "b" in p:
            x = x + p["b"]
    return x, divergence


def nt_xent(y, temperature):
    u = F.normalize(y.reshape(len(y), -1), dim=1)
    similar = u @ u.T / temperature
    similar = similar.masked_fill(torch.eye(len(u), dtype=torch.bool), -torch.inf)
    return F.cross_entropy(similar, torch.roll(torch.arange(len(u)), len(u) // 2))


cases = []
for name, (shape, batch, temperature, layers) in NETS.items():
    made = build(shape, layers)
    x = r32(batch, *shape, lo=0).requires_grad_()
    count = max(l["conditions"] for l in layers)
    conditions = r32(batch, count, lo=0) if count else None
    latent = [s for l, _, s in made if l["kind"] == "sample"]
    noise = r32(batch, *latent[0], lo=-2, hi=2) if latent else None
    y, divergence = run(x, made, conditions, noise)
    case = dict(name=name, input=list(shape), batch=batch, temperature=temperature, x=flat(x.detach()), y=flat(y.detach()))
    if temperature:
        loss = steer = nt_xent(y, temperature)
    else:
        target = r32(*y.shape)
        case["target"] = flat(target)
        loss = steer = ((y - target) ** 2).mean()
        if divergence is not None:
            # The gradient of D/2*log(mse) + divergence, times 2*mse/D.
            size = y[0].numel()
            steer = (size / 2 * torch.log(loss) + divergence) * (2 * loss.detach() / size)
            loss = loss * torch.exp(2 * divergence / size)
            case["divergence"] = float(divergence.detach())
    variables = [x] + [v for _, p, _ in made for v in p.values()]
    grads = iter(torch.autograd.grad(steer, variables))
    case.update(loss=float(loss.detach()), dx=flat(next(grads)))
    if conditions is not None:
        case["conditions"] = flat(conditions)
    if noise is not None:
        case["noise"] = flat(noise)
    case["layers"] = []
    for l, p, s in made:
        entry = dict(l, out=list(s))
        for n, v in p.items():
            entry[n] = flat(v.detach())
            entry["d" + n] = flat(next(grads))
        case["layers"].append(entry)
    cases.append(case)

with open(OUT, "w") as f:
    json.dump(cases, f, separators=(",", ":"))
    f.write("\n")
print(os.path.getsize(OUT), "bytes; PyTorch", torch.__version__, "NumPy", np.__version__)
