"""The same trainings in JAX, which is optional: one compiled scan over all steps, members by `vmap` or one by one."""

from __future__ import annotations

from functools import cache, partial
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.rivals import DECAY, RATE, divergence, gather, loss, width

JAX = SimpleNamespace(
    exp=jnp.exp,
    relu=jax.nn.relu,
    clip=jnp.clip,
    logsumexp=jax.scipy.special.logsumexp,
    constant=jax.lax.stop_gradient,
)


def train_jax(method, problems, seeds, epochs, weights, own_draws=True, together=True):
    """Best validation divergences; all steps in one compiled scan, members by `vmap` or one after the other."""
    members = gather(method, problems, seeds, weights)
    if own_draws:
        given = jax.random.split(jax.random.key(seeds[0]), (len(seeds), epochs))
    else:
        drawn = [members.drawn(width(method)) for _ in range(epochs)]
        given = tuple(np.stack(parts, axis=1) for parts in zip(*drawn, strict=True))
    program = jax_program(method, weights, tuple(members.shapes.items()), own_draws, together)
    best, _ = program(members.p, members.rows, members.valid, members.mask, given)
    return np.asarray(best).tolist()


@cache
def jax_program(method, weights, shapes, own_draws, together):
    """The compiled training of stacked members."""
    shapes, each = dict(shapes), jax.tree_util.tree_map
    gradient = jax.grad(partial(loss, JAX, method, weights, shapes))

    def step(state, given):
        p, first, second, largest, queue, t = state
        g = gradient(p, *given)
        norm, top = jnp.sqrt(sum((part * part).sum() for part in g)), queue.max()
        g = each(lambda part: part * jnp.minimum(5 * top / (norm + 1e-6), 1), g)
        queue, t = jnp.append(queue[1:], jnp.minimum(jnp.minimum(norm, 2 * top), 1)), t + 1
        first = each(lambda old, new: old + (new - old) * 0.1, first, g)
        second = each(lambda old, new: old + (new * new - old) * 0.001, second, g)
        largest = each(jnp.maximum, largest, second)
        size, bias = RATE / (1 - 0.9**t), jnp.sqrt(1 - 0.999**t)
        moved = each(lambda p, a, b: size * a / (jnp.sqrt(b) / bias + 1e-8), p, first, largest)
        p = p[0] * (1 - RATE * DECAY) - moved[0], p[1] - moved[1]
        return (p, first, second, largest, queue, t), None

    def member(p, rows, valid, mask, given):
        n = mask.size

        def epoch(state, given):
            (*training, best, kept), (order, noise) = state, given if not own_draws else draw(given)
            batches = each(lambda values: values[order].reshape(*mask.shape, *values.shape[1:]), rows)
            training, _ = jax.lax.scan(step, tuple(training), (batches, noise.reshape(*mask.shape, -1), mask))
            p, t = training[0], training[-1]
            kl = divergence(JAX, shapes, p, valid, (1 - RATE * DECAY) ** t)
            kept = each(lambda new, old: jnp.where(kl < best, new, old), p, kept)
            return (*training, jnp.minimum(kl, best), kept), None

        def draw(key):
            for_order, for_noise = jax.random.split(key)
            order = jnp.argsort(jax.random.uniform(for_order, (n,)) + (mask.reshape(-1) == 0))
            return order, jax.random.normal(for_noise, (n, width(method)))

        zeros, queue = each(jnp.zeros_like, p), jnp.zeros(5).at[-1].set(jnp.inf)
        state, _ = jax.lax.scan(epoch, (p, zeros, zeros, zeros, queue, 0.0, jnp.inf, p), given)
        return state[-2:]

    return jax.jit(jax.vmap(member) if together else lambda *given: jax.lax.map(lambda one: member(*one), given))
