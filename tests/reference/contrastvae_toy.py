"""Expected values for ContrastVAE at toy size, from an independent implementation in PyTorch.

Run: python contrastvae_toy.py 1 contrastvae_toy.json   (needs torch; everything in float64, no dropout, so nothing is random but what is exported)

The file holds: the configuration, every parameter under the official state-dict name (and those of the linear log-variance and of the
adaptive prior, which the official code has not), "earlier": parameters of the earlier encoder of the composite prior where they differ,
the inputs (left-padded ids, targets and negatives, second views, the noise eps of each view, candidates of a
sampled softmax), the posterior of both sequences of ids, and cases: every mode, and every option that changes a network or a
loss. A case has its options, the latents and decoder outputs of each view, and for two reductions ("real": over real positions only;
"padded": over all positions, as the official code does) every loss term and the gradient of the total for a few parameters.
"""
import json, math, sys
import torch

torch.set_default_dtype(torch.float64)

ITEMS, HIDDEN, HEADS, LENGTH, USERS = 23, 8, 2, 6, 4
UNIFORMITY = 0.7  # weight of uniformity beside alignment


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


def alpha_prior(a):
    return -(0.5 * torch.log(a) + 1.161451241083230 * a - 1.502041176441722 * a ** 2 + 0.586299206427007 * a ** 3)


# What "cases" may say, and what holds where a case is silent.
USUAL = {"mode": "avae", "sampling": "official", "likelihood": "sampled_negative", "log_variance": "stack", "view": "ids",
         "targets": "positives", "second_targets": "positives", "free_bits": 0.0, "contrast_position": "pooled",
         "mask_same_target": False, "prior": "standard", "by_length": False, "contrast": "nt_xent", "positives": "other_view",
         "reductions": ["real", "padded"], "compare_latents": True}

CASES = [
    {"name": "avae"},
    {"name": "model", "mode": "model"},
    {"name": "variational", "mode": "variational"},
    {"name": "data", "mode": "data", "view": "data_view"},
    {"name": "variational_data", "mode": "variational_data", "view": "data_view"},
    {"name": "deterministic", "mode": "deterministic", "log_variance": "none", "likelihood": "full_softmax"},
    {"name": "linear log-variance", "log_variance": "linear"},
    {"name": "shared encoder, free bits", "log_variance": "shared_linear", "free_bits": 0.42, "compare_latents": False},
    {"name": "model, drawn, last position", "mode": "model", "sampling": "paper", "contrast_position": "last"},
    {"name": "data, own targets", "mode": "data", "sampling": "paper", "view": "mixed_view", "second_targets": "mixed_positives",
     "likelihood": "full_softmax"},
    {"name": "variational data, own targets, sampled softmax, last position", "mode": "variational_data", "sampling": "paper",
     "view": "mixed_view", "second_targets": "mixed_positives", "likelihood": "sampled_softmax", "contrast_position": "last",
     "compare_latents": False},
    {"name": "variational, tied targets masked, free bits", "mode": "variational", "sampling": "paper", "targets": "tied_positives",
     "second_targets": "tied_positives", "mask_same_target": True, "free_bits": 0.9, "likelihood": "full_softmax",
     "compare_latents": False},
    {"name": "model, all items", "mode": "model", "likelihood": "full_softmax", "compare_latents": False},
    {"name": "adaptive prior", "sampling": "paper", "log_variance": "linear", "prior": "adaptive", "likelihood": "full_softmax",
     "reductions": ["real"], "compare_latents": False},
    {"name": "adaptive prior, data, free bits", "mode": "data", "sampling": "paper", "view": "mixed_view",
     "second_targets": "mixed_positives", "prior": "adaptive", "likelihood": "full_softmax", "free_bits": 0.8, "reductions": ["real"],
     "compare_latents": False},
    {"name": "composite prior", "mode": "model", "sampling": "paper", "prior": "composite", "likelihood": "full_softmax",
     "compare_latents": False},
    {"name": "composite prior, data, by length", "mode": "data", "sampling": "paper", "view": "mixed_view",
     "second_targets": "mixed_positives", "prior": "composite", "by_length": True, "likelihood": "full_softmax", "reductions": ["real"],
     "compare_latents": False},
    {"name": "by length", "sampling": "paper", "by_length": True, "reductions": ["real"], "compare_latents": False},
    {"name": "alignment and uniformity", "mode": "model", "sampling": "paper", "contrast": "align_uniform", "likelihood": "full_softmax",
     "compare_latents": False},
    {"name": "alignment and uniformity, tied targets left out, both positives", "mode": "data", "sampling": "paper", "view": "mixed_view",
     "targets": "tied_positives", "second_targets": "mixed_positives", "mask_same_target": True, "contrast": "align_uniform",
     "positives": "both", "contrast_position": "last", "likelihood": "full_softmax", "reductions": ["real"], "compare_latents": False},
    {"name": "same target, no posterior", "mode": "deterministic", "log_variance": "none", "likelihood": "full_softmax",
     "positives": "same_target", "contrast_position": "last", "reductions": ["real"], "compare_latents": False},
    {"name": "second view and same target", "mode": "model", "sampling": "paper", "likelihood": "full_softmax",
     "positives": "second_view_same_target", "contrast_position": "last", "reductions": ["real"], "compare_latents": False},
]


def sampled_softmax(p, out, pos, candidates, log_expected):
    """-log softmax of the target among itself and the candidates corrected by their expected numbers; hits of the target left out."""
    table = p["item_embeddings.weight"]
    real = pos > 0
    o, t = out[real], pos[real]
    target = (o * table[t]).sum(-1)
    others = o @ table[candidates].T - log_expected
    others = others.masked_fill(t[:, None] == candidates[None], -math.inf)
    return (torch.logsumexp(torch.cat([target[:, None], others], 1), 1) - target).mean()


def nt_xent(first, second, labels, mask):
    """Cosine over a temperature of 0.5; labels of users whose pairs are no negatives of each other, if mask."""
    u = torch.cat([first, second])
    u = u / u.norm(dim=1, keepdim=True)
    s = u @ u.T / 0.5
    labels, user = labels.repeat(2), torch.arange(USERS).repeat(2)
    out = torch.eye(2 * USERS, dtype=torch.bool)
    if mask:
        tied = (labels[:, None] == labels[None]) & (user[:, None] != user[None])
        assert tied.any()
        out = out | tied
    target = (torch.arange(2 * USERS) + USERS) % (2 * USERS)
    return torch.nn.functional.cross_entropy(s.masked_fill(out, -math.inf), target)


def align_uniform(first, second, labels, mask, weight):
    """Mean squared distance of the pairs on the sphere, and the log of the mean Gaussian potential of each side's pairs."""
    first, second = (x / x.norm(dim=1, keepdim=True) for x in (first, second))
    def uniform(x):
        near = [torch.exp(-2 * ((x[i] - x[j]) ** 2).sum()) for i in range(USERS) for j in range(i)
                if not (mask and labels[i] == labels[j])]
        return torch.log(torch.stack(near).mean())
    return ((first - second) ** 2).sum(1).mean() + weight * (uniform(first) + uniform(second)) / 2


def composite_kl(z, mu, logvar, old_mu, old_logvar):
    """ln q(z) - ln p(z) of each dimension, p a mixture of three in each dimension."""
    normal = lambda m, v: torch.distributions.Normal(m, torch.exp(v / 2)).log_prob(z)
    zero = torch.zeros_like(z)
    parts = torch.stack([math.log(3 / 20) + normal(zero, zero), math.log(3 / 4) + normal(old_mu, old_logvar),
                         math.log(1 / 10) + normal(zero, zero + 10)])
    return normal(mu, logvar) - torch.logsumexp(parts, 0)


def case(p, inputs, alpha, options, weight, lam):
    """One entry of "cases": the values of every term, with the gradient of the total, for each reduction."""
    c = {**USUAL, **options}
    two = c["mode"] not in ("avae", "deterministic")
    table = p["item_embeddings.weight"]
    # Padding has a row that is never trained.
    table = torch.cat([table[:1].detach(), table[1:]])
    p = {**p, "item_embeddings.weight": table}

    def view(ids, pos, p=p):
        table = p["item_embeddings.weight"]
        real = ids > 0
        positions = torch.arange(LENGTH)[None].repeat(USERS, 1)
        for u in range(USERS):
            places = real[u].nonzero()[:, 0]
            positions[u, places] = torch.arange(LENGTH - len(places), LENGTH)
        x = layer_norm(table[ids] + p["position_embeddings.weight"][positions], p["LayerNorm.weight"], p["LayerNorm.bias"])
        # An empty place sees nothing but what masking leaves, which is everything alike.
        allowed = allowed_of(ids) & real[:, :, None]
        mu = block(p, "item_encoder_mu", x, allowed)
        kind = c["log_variance"]
        raw = mu if kind == "shared_linear" else block(p, "item_encoder_logvar", x, allowed)
        head = lambda h: h @ p["item_encoder_logvar.linear.weight"].T + p["item_encoder_logvar.linear.bias"]
        logvar = None if kind == "none" else raw if kind == "stack" else head(raw)
        return {"real": real, "allowed": allowed, "mu": mu, "logvar": logvar, "pos": pos, "ids": ids}

    first = view(inputs["ids"], inputs[c["targets"]])
    views = [first] + ([view(inputs[c["view"]], inputs[c["second_targets"]])] if two else [])
    learned = c["mode"] in ("variational", "variational_data")
    for index, v in enumerate(views):
        if v["logvar"] is None:
            v["z"] = v["mu"]
            continue
        std = torch.exp(v["logvar"] / 2) * (alpha if learned and index == 1 else 1.0)
        if c["sampling"] == "paper":
            std = std * inputs["eps" if index == 0 else "eps2"]
        elif not two or (learned and index == 1):
            std = std * inputs["eps"]
        v["z"] = v["mu"] + std
    lasts = lambda v: v["z"][torch.arange(USERS), [int(v["real"][u].nonzero()[-1, 0]) for u in range(USERS)]]
    for v in views:
        if c["prior"] == "adaptive":
            # The mean embedding of the items up to each position; no gradient to the table.
            items = (table.detach()[v["ids"]] * v["real"].double()[..., None]).cumsum(1)
            mean = items / v["real"].double().cumsum(1).clamp(min=1)[..., None]
            v["prior"] = mean @ p["prior_mean.linear.weight"].T + p["prior_mean.linear.bias"]
        if c["prior"] == "composite":
            earlier = {**{n: x.detach() for n, x in p.items()}, **inputs["earlier"]}
            v["prior"] = view(v["ids"], v["pos"], earlier)
    if c["positives"] != "other_view":
        other = view(inputs["same_target_ids"], inputs["same_target_ids"])
        other["z"] = other["mu"]
        if other["logvar"] is not None:
            other["z"] = other["mu"] + torch.exp(other["logvar"] / 2) * inputs["eps_same_target"][:, None]
        other = lasts(other)
    for v in views:
        v["out"] = block(p, "item_decoder", v["z"], v["allowed"])
    likelihoods = {
        "sampled_negative": lambda v: reconstruction(p, v["out"], v["pos"], inputs["negatives"]),
        "full_softmax": lambda v: cross_entropy(p, v["out"], v["pos"]),
        "sampled_softmax": lambda v: sampled_softmax(p, v["out"], v["pos"], inputs["candidates"], inputs["log_expected"]),
    }
    rec = sum(likelihoods[c["likelihood"]](v) for v in views)
    result = {"options": c}
    if c["compare_latents"]:
        result["latents"] = [v["z"] for v in views]
        result["outputs"] = [v["out"] for v in views]
    for reduction in c["reductions"]:
        kls, minimised = torch.zeros(()), torch.zeros(())
        for v in views:
            if v["logvar"] is None:
                continue
            if c["prior"] == "composite":
                each = composite_kl(v["z"], v["mu"], v["logvar"], v["prior"]["mu"], v["prior"]["logvar"])
            else:
                distance = v["mu"] - v["prior"] if c["prior"] == "adaptive" else v["mu"]
                each = -0.5 * (1 + v["logvar"] - distance ** 2 - torch.exp(v["logvar"]))
            items_so_far = v["real"].double().cumsum(1)[v["real"]]
            each = each[v["real"]] if reduction == "real" else each.reshape(-1, HIDDEN)
            of_dimension = each.mean(0)
            kls = kls + of_dimension.sum()
            if c["by_length"]:
                minimised = minimised + (each.sum(1) * items_so_far).mean()
                continue
            minimised = minimised + (of_dimension.clamp(min=c["free_bits"]).sum() if c["free_bits"] else of_dimension.sum())
            if c["free_bits"]:
                below = int((of_dimension < c["free_bits"]).sum())
                assert 0 < below < HIDDEN, f"{c['name']}: {below} dimensions are under the free bits: {of_dimension}"
        terms = {"reconstruction": rec, "kl": kls}
        total = rec + weight * minimised
        def vector(v):
            if c["contrast_position"] == "last":
                return lasts(v)
            return (v["z"] * v["real"].double()[..., None]).sum(1) if reduction == "real" else v["z"].sum(1)
        vectors = [vector(v) for v in views]
        pairs = {"other_view": [vectors] if two else [], "same_target": [(vectors[0], None)], "both": [vectors, (vectors[0], None)],
                 "second_view_same_target": [(vectors[-1], None)]}[c["positives"]]
        if pairs:
            labels = inputs[c["targets"]][:, -1]
            pairs = [(one, other if two_ is None else two_) for one, two_ in pairs]
            form = {"nt_xent": lambda one, two_: nt_xent(one, two_, labels, c["mask_same_target"]),
                    "align_uniform": lambda one, two_: align_uniform(one, two_, labels, c["mask_same_target"], UNIFORMITY)}
            terms["nt_xent"] = sum(form[c["contrast"]](one, two_) for one, two_ in pairs)
            total = total + lam * terms["nt_xent"]
        if learned:
            terms["alpha_prior"] = alpha_prior(alpha)
            total = total + terms["alpha_prior"]
        terms["total"] = total
        result[reduction] = terms
    return result


def cases(p, inputs, logit_alpha, weight, lam):
    names = ["item_embeddings.weight", "position_embeddings.weight", "item_encoder_mu.layer.0.attention.query.weight",
             "item_encoder_logvar.layer.0.intermediate.dense_2.bias", "item_encoder_logvar.linear.weight",
             "item_encoder_logvar.linear.bias", "prior_mean.linear.weight", "prior_mean.linear.bias", "item_decoder.layer.0.attention.LayerNorm.weight"]
    found = []
    for options in CASES:
        alpha = torch.sigmoid(logit_alpha)
        result = case(p, inputs, alpha, options, weight, lam)
        for reduction in result["options"]["reductions"]:
            grads = torch.autograd.grad(result[reduction]["total"], [p[n] for n in names] + [logit_alpha], retain_graph=True,
                                        allow_unused=True)
            result[reduction]["gradient"] = {n: g for n, g in zip(names + ["latent_dropout_VD.logitalpha"], grads) if g is not None}
        found.append(result)
    return found


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
    eps = torch.randn(USERS, LENGTH, HIDDEN, generator=gen)
    logit_alpha = torch.tensor(0.3, requires_grad=True)
    mu, logvar = encode(p, ids)
    mu_d, logvar_d = encode(p, view)
    weight, lam = 0.2, 0.6
    expected = {"mu": mu, "logvar": logvar, "mu_of_data_view": mu_d, "logvar_of_data_view": logvar_d}
    more = {"eps2": torch.randn(USERS, LENGTH, HIDDEN, generator=gen)}
    p["item_encoder_logvar.linear.weight"] = (torch.randn(HIDDEN, HIDDEN, generator=gen) * 0.3).requires_grad_()
    p["item_encoder_logvar.linear.bias"] = (torch.randn(HIDDEN, generator=gen) * 0.1 - 0.5).requires_grad_()
    mixed, mixed_pos, tied = ids.clone(), pos.clone(), pos.clone()
    mixed[0, 0] = mixed[0, 5] = mixed_pos[0, 0] = mixed_pos[0, 5] = 0  # user 0: a crop of the middle four
    mixed[1, 3] = ITEMS + 1                                            # user 1: one item masked, all targets stay
    mixed[2, 4], mixed[2, 5] = ids[2, 5], ids[2, 4]                    # user 2: both items in the other order,
    mixed_pos[2, 4] = mixed[2, 5]                                      # and the first is followed by what now follows
    tied[3, 5] = pos[1, 5]                                             # users 1 and 3 end at the same item
    candidates = torch.tensor([3, int(pos[0, 5]), 17, 3, 9, int(pos[2, 5]), 21])
    more |= {"mixed_view": mixed, "mixed_positives": mixed_pos, "tied_positives": tied, "candidates": candidates,
             "log_expected": torch.log(torch.tensor([0.5, 0.2, 0.9, 0.5, 0.3, 0.25, 0.7]))}
    p["prior_mean.linear.weight"] = (torch.randn(HIDDEN, HIDDEN, generator=gen) * 0.4).requires_grad_()
    p["prior_mean.linear.bias"] = (torch.randn(HIDDEN, generator=gen) * 0.2).requires_grad_()
    names = ["item_embeddings.weight", "item_encoder_mu.layer.0.attention.query.weight",
             "item_encoder_logvar.layer.0.intermediate.LayerNorm.bias"]
    earlier = {n: p[n].detach() + 0.2 * torch.randn(*p[n].shape, generator=gen) for n in names}
    others = torch.zeros(USERS, LENGTH, dtype=torch.long)              # other histories, of other lengths
    for u, n in enumerate([2, LENGTH, 1, 3]):
        others[u, LENGTH - n:] = torch.randperm(ITEMS, generator=gen)[:n] + 1
    more |= {"earlier": earlier, "same_target_ids": others, "eps_same_target": torch.randn(USERS, HIDDEN, generator=gen)}
    inputs = {"ids": ids, "positives": pos, "negatives": neg, "data_view": view, "eps": eps, **more}

    def plain(x, digits=17):
        if isinstance(x, torch.Tensor):
            return plain(x.detach().tolist(), digits)
        if isinstance(x, dict):
            return {k: plain(v, digits) for k, v in x.items()}
        if isinstance(x, list):
            return [plain(v, digits) for v in x]
        return float(f"{x:.{digits}g}") if isinstance(x, float) else x
    found = cases(p, inputs, logit_alpha, weight, lam)
    out = {"config": {"items": ITEMS, "hidden_size": HIDDEN, "num_heads": HEADS, "max_length": LENGTH, "layer_norm_eps": 1e-12,
                      "kl_weight": weight, "contrast_weight": lam, "temperature": 0.5, "uniformity_weight": UNIFORMITY,
                      "logit_alpha": 0.3, "seed": seed, "unit": "losses in nats", "shapes": "[users, length] or [users, length, hidden]"},
           "parameters": plain(p), "earlier": plain(inputs.pop("earlier")), "inputs": plain(inputs), "expected": plain(expected),
           "cases": plain(found, digits=9)}
    json.dump(out, open(path, "w"), separators=(",", ":"))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
