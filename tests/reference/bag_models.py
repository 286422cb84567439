"""Expected values for the models of bags at toy size, from an independent implementation in PyTorch.

Run: python bag_models.py 1 bag_models.json   (needs torch; everything in float64, noise and dropout masks are exported)

The file holds cases. A case has its kind and design, every parameter under its name (linear weights as [inputs, outputs], vectors as one
row), the bags of all users, the pass and the rows of one step, its noise and, where there is dropout, its mask for the ones of the
step's bags in order; and what must come of it: total, reconstruction and KL of the step, the gradient of the total for every
parameter that the step trains, and the posterior and scores of all users.

Sources: Liang et al. 2018 (VAECF), Shenbin et al. 2020 (RecVAE), Truong et al. 2021 (BiVAECF), each with the code that its authors gave out.
"""
import json, math, sys
import torch

torch.set_default_dtype(torch.float64)

USERS, ITEMS, HIDDEN, LATENT = 6, 9, 5, 3
BAGS = [[0, 3, 4], [1, 2, 3, 8], [5], [0, 6, 7, 8], [2, 4], [1, 5, 6]]


def matrix():
    x = torch.zeros(USERS, ITEMS)
    for user, bag in enumerate(BAGS):
        x[user, bag] = 1.0
    return x


def drawn(gen, parameters, name, rows, columns, scale=0.4):
    parameters[name] = (torch.randn(rows, columns, generator=gen) * scale).requires_grad_()


def affine(p, name, x):
    return x @ p[name + ".weight"] + p[name + ".bias"]


def linear(gen, p, name, inputs, outputs):
    drawn(gen, p, name + ".weight", inputs, outputs)
    drawn(gen, p, name + ".bias", 1, outputs, 0.2)


def dropped(x, mask):
    """`mask` multiplies the ones of x, row by row, in the order of their columns."""
    if mask is None:
        return x
    keep = torch.zeros_like(x)
    keep[x > 0] = torch.tensor(mask)
    return x * keep


def unit(x):
    return x / x.norm(dim=1, keepdim=True)


def items_table(gen, p, inputs):
    drawn(gen, p, "decoder.items.weight", ITEMS, inputs)
    drawn(gen, p, "decoder.items.bias", 1, ITEMS, 0.2)


def multinomial(x, scores):
    return -(x * torch.log_softmax(scores, 1)).sum(1).mean()


def kl_standard(mu, std):
    return (0.5 * (mu**2 + std**2 - 1) - torch.log(std)).sum(1).mean()


# --- VAECF ---------------------------------------------------------------------------------------------------------------------


def vaecf_parameters(gen, layers):
    p = {}
    linear(gen, p, "encoder.0", ITEMS, HIDDEN)
    for layer in range(1, layers):
        linear(gen, p, f"encoder.{layer}", HIDDEN, HIDDEN)
    linear(gen, p, "encoder.mu", HIDDEN, LATENT)
    linear(gen, p, "encoder.logvar", HIDDEN, LATENT)
    for layer in range(layers):
        linear(gen, p, f"decoder.{layer}", LATENT if layer == 0 else HIDDEN, HIDDEN)
    items_table(gen, p, HIDDEN)
    return p


def vaecf_encode(p, x, layers, normalise, mask=None):
    h = dropped(unit(x) if normalise else x, mask)
    for layer in range(layers):
        h = torch.tanh(affine(p, f"encoder.{layer}", h))
    return affine(p, "encoder.mu", h), affine(p, "encoder.logvar", h)


def vaecf_decode(p, z, layers):
    for layer in range(layers):
        z = torch.tanh(affine(p, f"decoder.{layer}", z))
    return z @ p["decoder.items.weight"].T + p["decoder.items.bias"]


def vaecf(gen, layers, normalise, rate, beta):
    p = vaecf_parameters(gen, layers)
    x, rows = matrix(), [3, 0, 5, 1]
    mask = mask_of(gen, rate, BAGS, rows)
    noise = torch.randn(len(rows), LATENT, generator=gen)
    mu, logvar = vaecf_encode(p, x[rows], layers, normalise, mask)
    std = torch.exp(logvar / 2)
    reconstruction = multinomial(x[rows], vaecf_decode(p, mu + std * noise, layers))
    kl = kl_standard(mu, std)
    posterior = vaecf_encode(p, x, layers, normalise)
    design = dict(layers=layers, normalise_input=normalise, input_dropout=rate, gamma=0.0, encoder_passes=1, adaptive_prior=False)
    return case("vaecf", design, p, 0, rows, noise, mask, beta, reconstruction + beta * kl, reconstruction, kl, list(p), posterior,
                vaecf_decode(p, posterior[0], layers))


# --- RecVAE --------------------------------------------------------------------------------------------------------------------


def recvae_encoder(gen, p, prefix, layers):
    linear(gen, p, f"{prefix}.0", ITEMS, HIDDEN)
    for layer in range(1, layers):
        linear(gen, p, f"{prefix}.{layer}", HIDDEN, HIDDEN)
    for layer in range(layers):
        p[f"{prefix}.{layer}.norm.weight"] = (1 + 0.1 * torch.randn(1, HIDDEN, generator=gen)).requires_grad_()
        drawn(gen, p, f"{prefix}.{layer}.norm.bias", 1, HIDDEN, 0.1)
    linear(gen, p, f"{prefix}.head.mu", HIDDEN, LATENT)
    linear(gen, p, f"{prefix}.head.logvar", HIDDEN, LATENT)


def recvae_encode(p, prefix, x, layers, mask=None):
    x = dropped(unit(x), mask)
    outputs = []
    for layer in range(layers):
        y = affine(p, f"{prefix}.{layer}", outputs[-1] if outputs else x)
        for earlier in outputs:
            y = y + earlier
        y = y * torch.sigmoid(y)
        mean, variance = y.mean(1, keepdim=True), y.var(1, keepdim=True, unbiased=False)
        y = (y - mean) / torch.sqrt(variance + 0.1) * p[f"{prefix}.{layer}.norm.weight"] + p[f"{prefix}.{layer}.norm.bias"]
        outputs.append(y)
    return affine(p, f"{prefix}.head.mu", outputs[-1]), affine(p, f"{prefix}.head.logvar", outputs[-1])


def log_normal(z, mu, logvar):
    return torch.distributions.Normal(mu, torch.exp(logvar / 2)).log_prob(z)


def recvae(gen, layers, rate, gamma, beta, decoder):
    p = {}
    recvae_encoder(gen, p, "encoder", layers)
    recvae_encoder(gen, p, "old", layers)
    items_table(gen, p, LATENT)
    passes = 2
    x, rows = matrix(), [2, 4, 0, 1, 3]
    mask = None if decoder else mask_of(gen, rate, BAGS, rows)
    noise = torch.randn(len(rows), LATENT, generator=gen)
    mu, logvar = recvae_encode(p, "encoder", x[rows], layers, mask)
    if decoder:
        mu, logvar = mu.detach(), logvar.detach()
    z = mu + torch.exp(logvar / 2) * noise
    old_mu, old_logvar = (value.detach() for value in recvae_encode(p, "old", x[rows], layers))
    zero = torch.zeros_like(z)
    mixture = torch.stack([math.log(0.15) + log_normal(z, zero, zero), math.log(0.75) + log_normal(z, old_mu, old_logvar),
                           math.log(0.1) + log_normal(z, zero, zero + 10.0)])
    divergence = (log_normal(z, mu, logvar) - torch.logsumexp(mixture, 0)).sum(1)
    weight = gamma * x[rows].sum(1) if gamma > 0 else beta
    reconstruction = multinomial(x[rows], z @ p["decoder.items.weight"].T + p["decoder.items.bias"])
    total = reconstruction + (weight * divergence).mean()
    posterior = recvae_encode(p, "encoder", x, layers)
    trained = [name for name in p if name.startswith("decoder" if decoder else "encoder")]
    design = dict(layers=layers, normalise_input=True, input_dropout=rate, gamma=gamma, encoder_passes=passes, adaptive_prior=False)
    return case("recvae", design, p, passes if decoder else 0, rows, noise, mask, beta, total, reconstruction, divergence.mean(), trained,
                posterior, posterior[0] @ p["decoder.items.weight"].T + p["decoder.items.bias"])


# --- BiVAECF -------------------------------------------------------------------------------------------------------------------


def bivaecf_encode(p, side, x, layers, mask=None):
    h = dropped(x, mask)
    for layer in range(layers):
        h = torch.tanh(affine(p, f"{side}.{layer}", h))
    return affine(p, f"{side}.head.mu", h), torch.sigmoid(affine(p, f"{side}.head.std", h))


def bivaecf(gen, layers, rate, beta, items, adaptive):
    p = {}
    for side, columns, count in (("users", ITEMS, USERS), ("items", USERS, ITEMS)):
        linear(gen, p, f"{side}.0", columns, HIDDEN)
        for layer in range(1, layers):
            linear(gen, p, f"{side}.{layer}", HIDDEN, HIDDEN)
        linear(gen, p, f"{side}.head.mu", HIDDEN, LATENT)
        linear(gen, p, f"{side}.head.std", HIDDEN, LATENT)
        if adaptive:
            linear(gen, p, f"{side}.prior", LATENT, LATENT)
        drawn(gen, p, f"{side}.latents", count, LATENT)
        drawn(gen, p, f"{side}.mean", count, LATENT)
    side, other, x, rows = ("items", "users", matrix().T, [8, 0, 3, 5, 2]) if items else ("users", "items", matrix(), [5, 2, 1])
    bags = [x[row].nonzero().flatten().tolist() for row in range(len(x))]
    mask = mask_of(gen, rate, bags, rows)
    noise = torch.randn(len(rows), LATENT, generator=gen)
    mu, std = bivaecf_encode(p, side, x[rows], layers, mask)
    latents = mu + std * noise
    others = p[f"{other}.latents"].detach()
    rates = torch.sigmoid(latents @ others.T)
    reconstruction = (rates - x[rows] * torch.log(rates + 1e-10)).sum(1).mean()
    away = mu
    if adaptive:
        statistic = torch.stack([p[f"{other}.mean"].detach()[bags[row]].mean(0) for row in rows])
        away = mu - affine(p, f"{side}.prior", statistic)
    kl = kl_standard(away, std)
    user_mu, user_std = bivaecf_encode(p, "users", matrix(), layers)
    trained = [name for name in p if name.startswith(side) and not name.endswith((".latents", ".mean"))]
    design = dict(layers=layers, normalise_input=False, input_dropout=rate, gamma=0.0, encoder_passes=1, adaptive_prior=adaptive)
    return case("bivaecf", design, p, 0 if items else 1, rows, noise, mask, beta, reconstruction + beta * kl, reconstruction, kl, trained,
                (user_mu, 2 * torch.log(user_std)), user_mu @ p["items.mean"].T)


# -------------------------------------------------------------------------------------------------------------------------------


def mask_of(gen, rate, bags, rows):
    if rate == 0.0:
        return None
    ones = sum(len(bags[row]) for row in rows)
    return ((torch.rand(ones, generator=gen) >= rate).double() / (1 - rate)).tolist()


def case(kind, design, p, number, rows, noise, mask, beta, total, reconstruction, kl, trained, posterior, scores):
    gradients = torch.autograd.grad(total, [p[name] for name in trained])
    return dict(kind=kind, users=USERS, items=ITEMS, hidden_size=HIDDEN, latent_size=LATENT, **design, bags=BAGS,
                parameters={name: value.tolist() for name, value in p.items()}, **{"pass": number}, rows=rows, noise=noise.tolist(),
                mask=mask, kl_weight=beta, total=total.item(), reconstruction=reconstruction.item(), kl=kl.item(),
                gradients={name: gradient.tolist() for name, gradient in zip(trained, gradients)},
                mu=posterior[0].tolist(), logvar=posterior[1].tolist(), scores=scores.tolist())


def main():
    gen = torch.Generator().manual_seed(int(sys.argv[1]))
    cases = [
        vaecf(gen, 1, False, 0.0, 1.0),
        vaecf(gen, 2, True, 0.5, 0.2),
        recvae(gen, 1, 0.0, 0.0, 0.3, False),
        recvae(gen, 5, 0.5, 0.005, 0.0, False),
        recvae(gen, 3, 0.5, 0.05, 0.0, True),
        bivaecf(gen, 1, 0.0, 1.0, True, False),
        bivaecf(gen, 1, 0.0, 0.5, False, False),
        bivaecf(gen, 2, 0.5, 0.5, True, True),
        bivaecf(gen, 2, 0.25, 0.5, False, True),
    ]
    with open(sys.argv[2], "w") as file:
        json.dump(dict(seed=int(sys.argv[1]), cases=cases), file)


main()
