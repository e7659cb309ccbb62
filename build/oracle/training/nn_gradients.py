"""Writes training/network/testdata/gradients.json: one forward and backward pass in float64, by
PyTorch's automatic differentiation, of small networks that have every layer and every
objective of package nn.

Made with PyTorch 2.15.0, NumPy 2.4.6:
    python build/oracle/training/nn_gradients.py

SAME padding is TensorFlow's, "Notes on padding" of tf.nn: written out with explicit zeros here,
where PyTorch knows it for a stride of 1 only. The engine on TensorFlow, whose own it is, is held
against package nn in training/tensorflow/fit. Unless there is a temperature, the loss is
mean((y - target)**2).
"""
import json
import os

import numpy as np
import torch
import torch.nn.functional as F

EPSILON = 1e-5  # of batch normalisation
OUT = os.path.join(os.path.dirname(__file__), "../../../training/network/testdata/gradients.json")
rng = np.random.default_rng(20)


def layer(kind, out=0, kernel=0, stride=0, bias=False, conditions=0):
    return dict(kind=kind, out=out, kernel=kernel, stride=stride, bias=bias, conditions=conditions)


def dense(out, bias=False):
    return layer("dense", out, bias=bias)


def conv(out, kernel, stride=1, bias=False):
    return layer("conv2d", out, kernel, stride, bias)


def depthwise(kernel, stride=1, bias=False):
    return layer("depthwise_conv2d", 0, kernel, stride, bias)


def transpose(out, kernel, stride=1, bias=False):
    return layer("conv_transpose2d", out, kernel, stride, bias)


def condition(n):
    return layer("condition", conditions=n)


def reshape(*shape):
    return layer("reshape", shape)


NORM, RELU, SIGMOID, SAMPLE, POOL = map(layer, ("batch_norm", "relu", "sigmoid", "sample", "mean_pool"))

# name: shape of the input, batch, temperature of NT-Xent (0: reproduce a target), layers.
# No offset stands before a batch normalisation: its gradient is 0.
NETS = {
    "dense": ((1, 1, 7), 5, 0, [dense(6, True), RELU, dense(4), NORM, RELU, dense(7, True)]),
    # Odd sizes: padding on both sides, and an uneven share before and after.
    "conv_odd": ((7, 5, 2), 6, 0, [conv(3, 3, 2), NORM, SIGMOID, conv(2, 3, 1, True)]),
    "conv_even": ((8, 6, 1), 5, 0, [conv(4, 3, 2), NORM, RELU, conv(3, 2, 2, True)]),
    "depthwise_odd": ((7, 5, 3), 5, 0, [depthwise(3, 2), NORM, RELU, depthwise(3, 1, True), conv(2, 1, 1, True)]),
    "depthwise_even": ((8, 6, 2), 5, 0, [depthwise(2, 2), NORM, RELU, depthwise(5, 1), NORM, SIGMOID, depthwise(3, 2, True)]),
    # Channels on both sides of a vector's eight.
    "depthwise_wide": ((6, 4, 11), 5, 0, [depthwise(3, 2), NORM, RELU, conv(19, 1), NORM, RELU, depthwise(3, 1, True)]),
    "transpose": ((3, 2, 3), 5, 0, [transpose(4, 3, 2), NORM, RELU, transpose(2, 3, 1, True), transpose(1, 5, 2, True)]),
    "reshape": ((4, 4, 1), 5, 0, [conv(3, 3, 2, True), RELU, reshape(1, 1, 12), dense(6), NORM, RELU, dense(12, True), reshape(2, 2, 3),
                                  transpose(1, 3, 2, True)]),
    "autoencoder": ((16, 8, 1), 5, 0, [conv(5, 3, 2), NORM, RELU, conv(6, 3, 2), NORM, RELU, conv(2, 1), NORM, RELU, conv(6, 1), NORM, RELU,
                                       transpose(5, 3, 2), NORM, RELU, transpose(1, 3, 2, True), SIGMOID]),
    "latent_dense": ((1, 1, 7), 5, 0, [dense(6, True), RELU, dense(8, True), SAMPLE, dense(5), NORM, RELU, dense(7, True)]),
    "latent_conv": ((5, 3, 2), 4, 0, [conv(4, 3), NORM, RELU, conv(6, 1, 1, True), SAMPLE, conv(5, 1), NORM, RELU, conv(2, 3, 1, True), SIGMOID]),
    "condition": ((1, 1, 6), 7, 0, [dense(5), NORM, condition(2), RELU, dense(4), NORM, condition(2), RELU, dense(6, True)]),
    "condition_conv": ((3, 4, 1), 5, 0, [conv(3, 3), NORM, condition(1), RELU, conv(1, 3, 1, True)]),
    "contrast": ((4, 3, 1), 8, 0.5, [conv(4, 3), NORM, RELU, conv(5, 1, 1, True), POOL, dense(6, True), RELU, dense(3, True)]),
}


def flat(v):
    return [float(f"{x:.9g}") for x in np.asarray(v).reshape(-1)]  # nine digits keep a float32 exactly


def r32(*shape, lo=-1.0, hi=1.0):
    return torch.tensor(rng.uniform(lo, hi, shape).astype(np.float32).astype(np.float64))


def build(shape, layers):
    """Returns the layers with random parameters, whose values are those of float32, and shapes."""
    made = []
    for l in layers:
        kind, k, s, out, cin = l["kind"], l["kernel"], l["stride"], l["out"], shape[2]
        p = {}
        if kind == "dense":
            p["w"], shape = r32(cin, out), (1, 1, out)
        elif kind == "conv2d":
            p["w"], shape = r32(k, k, cin, out), (-(-shape[0] // s), -(-shape[1] // s), out)
        elif kind == "depthwise_conv2d":
            p["w"], shape = r32(k, k, cin), (-(-shape[0] // s), -(-shape[1] // s), cin)
        elif kind == "conv_transpose2d":
            p["w"], shape = r32(cin, k, k, out), (shape[0] * s, shape[1] * s, out)
        elif kind == "batch_norm":
            p["gamma"], p["beta"] = r32(cin, lo=0.5, hi=1.5), r32(cin)
        elif kind == "condition":
            p["w"] = r32(l["conditions"], shape[0] * shape[1] * cin)
        elif kind == "sample":
            shape = (shape[0], shape[1], cin // 2)
        elif kind == "mean_pool":
            shape = (1, 1, cin)
        elif kind == "reshape":
            shape = out
        if l["bias"]:
            p["b"] = r32(shape[2])
        for v in p.values():
            v.requires_grad_()
        made.append((l, p, shape))
    return made


def same(size, kernel, stride):
    """Zeros before and behind an axis."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def convolve(x, w, stride, groups=1):
    """x is NCHW, w as PyTorch has it."""
    top, bottom = same(x.shape[2], w.shape[2], stride)
    left, right = same(x.shape[3], w.shape[3], stride)
    return F.conv2d(F.pad(x, (left, right, top, bottom)), w, stride=stride, groups=groups)


def spread(x, w, stride):
    """The gradient of convolve, from outputs to inputs: x is NCHW, w as PyTorch has it."""
    rows, columns = x.shape[2] * stride, x.shape[3] * stride
    y = F.conv_transpose2d(x, w, stride=stride)
    top, _ = same(rows, w.shape[2], stride)
    left, _ = same(columns, w.shape[3], stride)
    # A kernel that is smaller than the stride leaves the last inputs without any weight.
    y = F.pad(y, (0, max(0, left + columns - y.shape[3]), 0, max(0, top + rows - y.shape[2])))
    return y[:, :, top:top + rows, left:left + columns]


def run(x, made, conditions, noise):
    divergence = None
    for l, p, shape in made:
        kind, s = l["kind"], l["stride"]
        if kind == "dense":
            x = x.reshape(len(x), 1, 1, -1) @ p["w"]
        elif kind == "conv2d":
            x = convolve(x.permute(0, 3, 1, 2), p["w"].permute(3, 2, 0, 1).contiguous(), s).permute(0, 2, 3, 1)
        elif kind == "depthwise_conv2d":
            x = convolve(x.permute(0, 3, 1, 2), p["w"].permute(2, 0, 1)[:, None].contiguous(), s, groups=shape[2]).permute(0, 2, 3, 1)
        elif kind == "conv_transpose2d":
            x = spread(x.permute(0, 3, 1, 2), p["w"].permute(0, 3, 1, 2).contiguous(), s).permute(0, 2, 3, 1)
        elif kind == "batch_norm":
            mean, var = x.mean((0, 1, 2)), x.var((0, 1, 2), unbiased=False)
            x = (x - mean) / torch.sqrt(var + EPSILON) * p["gamma"] + p["beta"]
        elif kind == "condition":
            x = x + (conditions @ p["w"]).reshape(x.shape)
        elif kind == "sample":
            mean, logvar = x.chunk(2, -1)
            q = torch.distributions.Normal(mean, torch.exp(logvar / 2))
            divergence = torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0)).sum((1, 2, 3)).mean()
            x = mean + torch.exp(logvar / 2) * noise
        elif kind == "mean_pool":
            x = x.mean((1, 2), keepdim=True)
        elif kind == "relu":
            x = torch.relu(x)
        elif kind == "sigmoid":
            x = torch.sigmoid(x)
        if "b" in p:
            x = x + p["b"]
        x = x.reshape(len(x), *shape)
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
print(len(cases), "cases,", os.path.getsize(OUT), "bytes; PyTorch", torch.__version__, "NumPy", np.__version__)
