"""Expected values for ContrastVAE at toy size, from an independent implementation in PyTorch.

Run: python contrastvae_toy.py 1 contrastvae_toy.json   (needs torch; everything in float64, no dropout, so nothing is random but what is exported)

The file holds: the configuration, every parameter under the official state-dict name, the inputs (left-padded ids, targets,
negatives, the noise eps of each view), and what must come out: mu, logvar, both latents and both decoder outputs of each
mode, every loss term with two reductions ("real": over real positions only; "padded": over all positions, as the
official code does), and the gradient of the total loss for a few parameters.
"""
import json, math, sys
import torch

torch.set_default_dtype(torch.float64)

ITEMS, HIDDEN, HEADS, LENGTH, USERS = 23, 8, 2, 6, 4


def parameters(gen):
    def normal(*shape, scale=0.3):
        return (torch.randn(*shape, generator=gen) * scale).requires_grad_()
    p = {"item_embeddings.weight": normal(ITEMS + 2, HIDDEN), "position_embeddings.weight": normal(LENGTH, HIDDEN)}
    for stack in ("item_encoder_mu", "item_encoder_logvar", "item_decoder"):
        b = f"{stack}.layer.0."
        for name in ("query", "key", "value", "dense"):
            p[b + f"attention.{name}.weight"] = normal(HIDDEN, HIDDEN)
            p[b + f"attention.{name}.bias"] = normal(HIDDEN, scale=0.1)
        p[b + "attention.LayerNorm.weight"] = (1 + torch.randn(HIDDEN, generator=gen) * 0.1).requires_grad_()
        p[b + "attention.LayerNorm.bias"] = normal(HIDDEN, scale=0.1)
        p[b + "intermediate.dense_1.weight"] = normal(4 * HIDDEN, HIDDEN)
        p[b + "intermediate.dense_1.bias"] = normal(4 * HIDDEN, scale=0.1)
        p[b + "intermediate.dense_2.weight"] = normal(HIDDEN, 4 * HIDDEN)
        p[b + "intermediate.dense_2.bias"] = normal(HIDDEN, scale=0.1)
        p[b + "intermediate.LayerNorm.weight"] = (1 + torch.randn(HIDDEN, generator=gen) * 0.1).requires_grad_()
        p[b + "intermediate.LayerNorm.bias"] = normal(HIDDEN, scale=0.1)
    p["LayerNorm.weight"] = (1 + torch.randn(HIDDEN, generator=gen) * 0.1).requires_grad_()
    p["LayerNorm.bias"] = normal(HIDDEN, scale=0.1)
    return p


def layer_norm(x, w, b, eps=1e-12):
    m = x.mean(-1, keepdim=True)
    v = ((x - m) ** 2).mean(-1, keepdim=True)
    return (x - m) / torch.sqrt(v + eps) * w + b


def gelu(x):
    return x * 0.5 * (1 + torch.erf(x / math.sqrt(2)))


def block(p, stack, x, allowed):
    b = f"{stack}.layer.0."
    users, length, hidden = x.shape
    def heads(name):
        y = x @ p[b + f"attention.{name}.weight"].T + p[b + f"attention.{name}.bias"]
        return y.view(users, length, HEADS, hidden // HEADS).transpose(1, 2)
    q, k, v = heads("query"), heads("key"), heads("value")
    scores = q @ k.transpose(-1, -2) / math.sqrt(hidden // HEADS) + torch.where(allowed, 0.0, -10000.0)[:, None]
    y = (torch.softmax(scores, -1) @ v).transpose(1, 2).reshape(users, length, hidden)
    y = y @ p[b + "attention.dense.weight"].T + p[b + "attention.dense.bias"]
    a = layer_norm(x + y, p[b + "attention.LayerNorm.weight"], p[b + "attention.LayerNorm.bias"])
    h = gelu(a @ p[b + "intermediate.dense_1.weight"].T + p[b + "intermediate.dense_1.bias"])
    h = h @ p[b + "intermediate.dense_2.weight"].T + p[b + "intermediate.dense_2.bias"]
    return layer_norm(a + h, p[b + "intermediate.LayerNorm.weight"], p[b + "intermediate.LayerNorm.bias"])


def allowed_of(ids):
    length = ids.shape[1]
    return torch.tril(torch.ones(length, length, dtype=torch.bool))[None] & (ids > 0)[:, None, :]


def encode(p, ids):
    x = p["item_embeddings.weight"][ids] + p["position_embeddings.weight"][None]
    x = layer_norm(x, p["LayerNorm.weight"], p["LayerNorm.bias"])
    allowed = allowed_of(ids)
    return block(p, "item_encoder_mu", x, allowed), block(p, "item_encoder_logvar", x, allowed)


def reconstruction(p, out, pos, neg):
    table = p["item_embeddings.weight"]
    real = (pos > 0).double()
    ps, ns = (out * table[pos]).sum(-1), (out * table[neg]).sum(-1)
    each = -torch.log(torch.sigmoid(ps) + 1e-24) - torch.log(1 - torch.sigmoid(ns) + 1e-24)
    return (each * real).sum() / real.sum()


def cross_entropy(p, out, pos):
    """Full softmax over the real items 1..ITEMS, mean over real positions."""
    logits = out @ p["item_embeddings.weight"][1:ITEMS + 1].T
    real = pos > 0
    return -torch.log_softmax(logits, -1)[real].gather(1, pos[real][:, None] - 1).mean()


def kl(mu, logvar, real):
    each = -0.5 * (1 + logvar - mu ** 2 - torch.exp(logvar)).sum(-1)
    return {"real": each[real].mean(), "padded": each.mean()}


def nt_xent(z1, z2, real, temperature=0.5):
    def of(u1, u2):
        u = torch.cat([u1, u2])
        u = u / u.norm(dim=1, keepdim=True)
        s = u @ u.T / temperature
        s = s.masked_fill(torch.eye(len(u), dtype=torch.bool), -math.inf)
        n = len(u1)
        target = torch.cat([torch.arange(n) + n, torch.arange(n)])
        return torch.nn.functional.cross_entropy(s, target)
    m = real.double()[..., None]
    return {"real": of((z1 * m).sum(1), (z2 * m).sum(1)), "padded": of(z1.sum(1), z2.sum(1))}


def alpha_prior(a):
    return -(0.5 * torch.log(a) + 1.161451241083230 * a - 1.502041176441722 * a ** 2 + 0.586299206427007 * a ** 3)


def main(seed, path):
    gen = torch.Generator().manual_seed(seed)
    p = parameters(gen)
    lengths = [LENGTH, 4, 2, 1][:USERS]
    ids, pos, neg, view = (torch.zeros(USERS, LENGTH, dtype=torch.long) for _ in range(4))
    for u, n in enumerate(lengths):
        seq = torch.randperm(ITEMS, generator=gen)[:n + 1] + 1
        ids[u, LENGTH - n:] = seq[:-1]
        pos[u, LENGTH - n:] = seq[1:]
        others = [i for i in range(1, ITEMS + 1) if i not in seq.tolist()]
        neg[u, LENGTH - n:] = torch.tensor(others)[torch.randint(len(others), (n,), generator=gen)]
        view[u, LENGTH - n:] = seq[:-1][torch.randperm(n, generator=gen)]  # the reordered view, for "data"
    real = ids > 0
    eps = torch.randn(USERS, LENGTH, HIDDEN, generator=gen)
    logit_alpha = torch.tensor(0.3, requires_grad=True)
    alpha = torch.sigmoid(logit_alpha)

    mu, logvar = encode(p, ids)
    std = torch.exp(logvar / 2)
    decode = lambda z: block(p, "item_decoder", z, allowed_of(ids))
    mu_d, logvar_d = encode(p, view)
    views = {
        "avae": (mu + std * eps, None),
        "model": (mu + std, mu + std),                       # with every dropout at 0 both views agree
        "variational": (mu + std, mu + alpha * std * eps),
        "data": (mu + std, mu_d + torch.exp(logvar_d / 2)),
    }
    weight, lam = 0.2, 0.6
    expected = {"mu": mu, "logvar": logvar, "mu_of_data_view": mu_d, "logvar_of_data_view": logvar_d, "alpha": alpha}
    for mode, (z1, z2) in views.items():
        e = {"z1": z1, "out1": decode(z1)}
        e["reconstruction1"] = reconstruction(p, e["out1"], pos, neg)
        e["cross_entropy1"] = cross_entropy(p, e["out1"], pos)
        e["kl1"] = kl(mu, logvar, real)
        total = {r: e["reconstruction1"] + weight * e["kl1"][r] for r in ("real", "padded")}
        if z2 is not None:
            e["z2"], e["out2"] = z2, decode(z2)
            e["reconstruction2"] = reconstruction(p, e["out2"], pos, neg)
            e["kl2"] = kl(mu_d, logvar_d, real) if mode == "data" else kl(mu, logvar, real)
            e["nt_xent"] = nt_xent(z1, z2, real)
            total = {r: total[r] + e["reconstruction2"] + weight * e["kl2"][r] + lam * e["nt_xent"][r] for r in total}
        if mode == "variational":
            e["alpha_prior"] = alpha_prior(alpha)
            total = {r: total[r] + e["alpha_prior"] for r in total}
        e["total"] = total
        names = ["item_embeddings.weight", "position_embeddings.weight", "item_encoder_mu.layer.0.attention.query.weight",
                 "item_encoder_logvar.layer.0.intermediate.dense_2.bias", "item_decoder.layer.0.attention.LayerNorm.weight"]
        grads = torch.autograd.grad(total["real"], [p[n] for n in names], retain_graph=True, allow_unused=True)
        e["gradient_of_total_real"] = {n: g for n, g in zip(names, grads) if g is not None}
        expected[mode] = e

    def plain(x):
        if isinstance(x, torch.Tensor):
            return x.detach().tolist()
        return {k: plain(v) for k, v in x.items()} if isinstance(x, dict) else x
    out = {"config": {"items": ITEMS, "hidden_size": HIDDEN, "num_heads": HEADS, "max_length": LENGTH, "layer_norm_eps": 1e-12,
                      "kl_weight": weight, "contrast_weight": lam, "temperature": 0.5, "logit_alpha": 0.3, "seed": seed,
                      "unit": "losses in nats", "shapes": "[users, length] or [users, length, hidden]"},
           "parameters": plain(p), "inputs": {"ids": ids.tolist(), "positives": pos.tolist(), "negatives": neg.tolist(),
                                              "data_view": view.tolist(), "eps": plain(eps)}, "expected": plain(expected)}
    json.dump(out, open(path, "w"), separators=(",", ":"))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
