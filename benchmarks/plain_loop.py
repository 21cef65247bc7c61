"""OFR-DB, RDA and DILDL as research code is usually written: one fold at a time, a module, a `DataLoader`, a loop.

It is the yardstick of the ensemble trainer, for its speed and for its numbers, so it shares nothing with `ildl` but the
standard normal numbers: losses are written anew, the optimiser and the clipping are PyTorch's own. Initial weights,
shuffles and noise come from `draws`, in the order in which `ildl.training` takes them from a seed, so that both can be
held against each other.
"""

from __future__ import annotations

import copy
from collections import deque
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Sampler, TensorDataset

from ildl.training.noise import standard_normal

LABEL_ENCODERS = {"OFR-DB": [], "RDA": ["whole"], "DILDL": ["whole", "dominant", "nondominant"]}


@dataclass
class Draws:
    """Initial weights in order, and generators of shuffles and noise."""

    init: np.random.Generator
    shuffle: np.random.Generator
    noise: np.random.Generator

    def kaiming(self, n_in, n_out):
        """Weights of variance 2 / fan-in, in float32."""
        return torch.from_numpy(self.init.standard_normal((n_in, n_out), dtype=np.float32)) * np.sqrt(2 / n_in)

    def order(self, rows):
        """The rows in a new order, for one epoch."""
        return torch.from_numpy(self.shuffle.permutation(rows))

    def normal(self, rows, width):
        """One epoch's noise, in float32."""
        drawn = np.empty((rows, width), np.float32)
        standard_normal(self.noise, drawn)
        return torch.from_numpy(drawn)


class Shuffle(Sampler):
    """All rows in a new order each epoch, one draw an epoch: PyTorch's own sampler draws twice."""

    def __init__(self, rows, draw):
        self.rows, self.draw = rows, draw

    def __iter__(self):
        yield from self.draw.order(self.rows).tolist()

    def __len__(self):
        return self.rows


def draws(seed):
    """Three generators from one seed."""
    return Draws(*(np.random.Generator(np.random.SFC64(own)) for own in np.random.SeedSequence(seed).spawn(3)))


def linear(weight):
    """Affine map with this weight (n_in, n_out) and bias zero."""
    layer = nn.Linear(*weight.shape)
    with torch.no_grad():
        layer.weight.copy_(weight.T)
        layer.bias.zero_()
    return layer


class Gaussian(nn.Module):
    """Two heads: mean and log-variance."""

    def __init__(self, hidden, draw):
        super().__init__()
        both = draw.kaiming(hidden, 2 * hidden)
        self.mean, self.logvar = linear(both[:, :hidden]), linear(both[:, hidden:])

    def forward(self, code):
        return self.mean(code), self.logvar(code)


class Network(nn.Module):
    """Feature encoder, decoder and, but for OFR-DB, Gaussian heads and label encoders."""

    def __init__(self, method, n_features, n_labels, hidden, draw):
        super().__init__()
        self.encoder = linear(draw.kaiming(n_features, hidden))
        self.decoder = linear(draw.kaiming(hidden, n_labels))
        if LABEL_ENCODERS[method]:
            self.heads = Gaussian(hidden, draw)
        self.label_encoders = nn.ModuleDict()
        for name in LABEL_ENCODERS[method]:
            self.label_encoders[name] = nn.Sequential(linear(draw.kaiming(n_labels, hidden)), Gaussian(hidden, draw))

    def forward(self, x):
        return self.decoder(F.relu(self.encoder(x)))


def distribution_balanced(z, d, frequencies):
    """OFR-DB's loss, mean over instances and labels."""
    n, N = frequencies.sum(), torch.where(frequencies == 0, 1.0, frequencies)
    q = (1 / N) / (d / N).sum(1, keepdim=True)
    weight = 0.1 + 1 / (1 + torch.exp(-10 * (q - 0.9)))
    offset = -0.05 * torch.log(torch.clamp(n / N - 1, min=1e-12))
    p = F.softmax((z + offset) * (2 * (1 - d) + d), dim=1)
    weight = weight * ((1 - d) / 2 + d)
    ratio = torch.clamp(d / torch.clamp(p, min=1e-14), min=1e-14)
    return (weight * (1 - p) ** 2 * d * torch.log(ratio)).mean()


def gaussian_kl(feature, label):
    """Divergence of two diagonal Gaussians, given as mean and log-variance: sum over dimensions, mean over rows."""
    (a, v), (b, w) = feature, label
    return (0.5 * (torch.exp(v - w) + (a - b) ** 2 * torch.exp(-w) - 1 - v + w)).sum(1).mean()


def similarity(r_feature, r_label):
    """Mean squared difference of cosine matrices."""
    a, b = (F.normalize(r, dim=1) for r in (r_feature, r_label))
    return ((a @ a.T - b @ b.T) ** 2).mean()


def decoupled(z, d, alpha):
    """Weighted sum of the divergences of dominant and non-dominant part, mean over rows."""
    p, total = F.softmax(z, dim=1), 0.0
    for i, k in enumerate(d.argmax(1).tolist()):
        others = [j for j in range(d.shape[1]) if j != k]
        rest, rest_p = d[i, others].sum(), p[i, others].sum()
        binary = d[i, k] * torch.log(d[i, k] / p[i, k])
        nondominant = 0.0
        if rest > 0:
            binary = binary + rest * torch.log(rest / rest_p)
            t, q = d[i, others] / rest, p[i, others] / rest_p
            nondominant = (t[t > 0] * torch.log(t[t > 0] / q[t > 0])).sum()
        total = total + alpha * binary + (1 - alpha) * nondominant
    return total / len(d)


def decoupled_fast(z, d, alpha):
    """The same without a loop over rows, for measurements of speed: nobody would train with the loop."""
    log_p, k = F.log_softmax(z, dim=1), d.argmax(1, keepdim=True)
    hit = F.one_hot(k[:, 0], d.shape[1]).bool()
    d_k, rest = d.gather(1, k), d.masked_fill(hit, 0).sum(1, keepdim=True)
    log_rest = torch.logsumexp(log_p.masked_fill(hit, -torch.inf), 1, keepdim=True)
    binary = torch.xlogy(d_k, d_k) - d_k * log_p.gather(1, k) + torch.xlogy(rest, rest) - rest * log_rest
    t = d.masked_fill(hit, 0) / torch.where(rest > 0, rest, 1.0)
    nondominant = (torch.xlogy(t, t) - t * (log_p - log_rest)).sum(1)
    return (alpha * binary[:, 0] + (1 - alpha) * nondominant).mean()


def sample(gaussian, noise):
    """One sample of each row's Gaussian."""
    return gaussian[0] + noise * torch.exp(gaussian[1] / 2)


def loss(method, network, x, d, noise, frequencies, weights, decoupled=decoupled):
    """Training loss of one batch; `weights` are RDA's three lambdas, or DILDL's alpha, beta, gamma and lambda."""
    code = network.encoder(x)
    z = network.decoder(F.relu(code))
    if method == "OFR-DB":
        return distribution_balanced(z, d, frequencies)
    feature, whole = network.heads(code), network.label_encoders["whole"](d)
    noise_feature, noise_label = noise.chunk(2, dim=1)
    r_label = sample(whole, noise_label)
    recovery = F.cross_entropy(network.decoder(r_label), d)  # Eq. (16) less the entropy of d, a constant
    similar = similarity(sample(feature, noise_feature), r_label)
    if method == "RDA":
        constant = tuple(moment.detach() for moment in whole)
        recovery_weight, alignment_weight, similarity_weight = weights
        return (
            distribution_balanced(z, d, frequencies)
            + recovery_weight * recovery
            + alignment_weight * gaussian_kl(feature, constant)
            + similarity_weight * similar
        )
    alpha, beta, gamma, lam = weights
    dominant = F.one_hot(d.argmax(1), d.shape[1]).to(d)
    others = d * (1 - dominant)
    rest = others.sum(1, keepdim=True)
    others = torch.where(rest > 0, others / torch.where(rest > 0, rest, 1.0), 0.0)
    with torch.no_grad():
        targets = [network.label_encoders[name](t) for name, t in (("dominant", dominant), ("nondominant", others))]
    first, second = (gaussian_kl(feature, target) for target in targets)
    return decoupled(z, d, alpha) + lam * (alpha * first + (1 - alpha) * second) + beta * similar + gamma * recovery


def clip(parameters, queue):
    """The moving clip: a queue of the last five norms, the first entry infinite."""
    threshold = 5 * max(queue)
    norm = float(nn.utils.clip_grad_norm_(parameters, threshold))
    queue.append(min(norm, 2 * max(queue), 1.0))


def validation_kl(network, x, d):
    """Mean divergence of the predictions."""
    with torch.no_grad():
        return float(F.kl_div(F.log_softmax(network(x), dim=1), d, reduction="batchmean"))


@dataclass
class Fitted:
    """A trained network, the epoch that was kept and its validation divergence."""

    network: Network
    epoch: int
    valid_kl: float

    def predict(self, X):
        """Label distributions of these rows."""
        with torch.no_grad():
            return F.softmax(
                self.network(torch.as_tensor(X, dtype=next(self.network.parameters()).dtype)), dim=1
            ).numpy()


def fit(
    method,
    X,
    D,
    X_valid=None,
    D_valid=None,
    *,
    draw,
    weights=(),
    hidden=100,
    epochs=300,
    batch_size=50,
    learning_rate=1e-3,
    weight_decay=1e-4,
    dtype=torch.float32,
    decoupled=decoupled,
):
    """Train one network; without validation rows the last epoch is kept."""
    network = Network(method, X.shape[1], D.shape[1], hidden, draw).to(dtype)
    X, D = torch.as_tensor(X, dtype=dtype), torch.as_tensor(D, dtype=dtype)
    validation = X_valid is not None
    if validation:
        X_valid, D_valid = torch.as_tensor(X_valid, dtype=dtype), torch.as_tensor(D_valid, dtype=dtype)
    parameters = list(network.parameters())
    optimiser = torch.optim.AdamW(
        [
            {"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
            {"params": [p for p in parameters if p.ndim == 1], "weight_decay": 0.0},
        ],
        lr=learning_rate,
        amsgrad=True,
    )
    frequencies, queue = D.sum(0), deque([float("inf")], maxlen=5)
    best, best_epoch, best_kl = None, 0, float("inf")
    loader = DataLoader(TensorDataset(X, D), batch_size, sampler=Shuffle(len(X), draw))
    width = 2 * hidden if LABEL_ENCODERS[method] else 0
    for epoch in range(1, epochs + 1):
        noises = draw.normal(len(X), width).to(dtype).split(batch_size)
        for (x, d), noise in zip(loader, noises, strict=True):
            optimiser.zero_grad()
            value = loss(method, network, x, d, noise, frequencies, weights, decoupled)
            value.backward()
            clip(parameters, queue)
            optimiser.step()
        if validation and (kl := validation_kl(network, X_valid, D_valid)) < best_kl:
            best, best_epoch, best_kl = copy.deepcopy(network.state_dict()), epoch, kl
    if best is not None:
        network.load_state_dict(best)
    return Fitted(network, best_epoch or epochs, best_kl if validation else 0.0)
